"""What the context of exams needs from outside."""
