"""Hashing passwords with argon2id: what is kept takes a thief long to guess at."""
