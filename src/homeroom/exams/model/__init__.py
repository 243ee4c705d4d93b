"""Exams, questions, sittings and scores, as they are in themselves."""
