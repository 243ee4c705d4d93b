"""What they know: exams and their questions, sittings, and what answers are worth."""
