"""Files of questions: GIFT, Aiken, tables, JSON and Moodle's XML."""
