"""Scheduling: what is due when, and what came of it. Words: task, schedule, firing, execution."""
