"""What scheduling decides with: tasks, when they fall due, and what became of each time."""
