"""What may be done with exams."""
