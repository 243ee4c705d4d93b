"""Schedulers of reviews: FSRS, computed by py-fsrs, and the core's own variant of SM-2."""
