"""Homeroom's core: what a school knows, and the rules it keeps; standard library and attrs only."""
