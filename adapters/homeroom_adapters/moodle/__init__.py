"""A Moodle, asked over its web services."""
