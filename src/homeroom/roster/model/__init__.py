"""What the roster knows: nodes of a tree, and enrolments."""
