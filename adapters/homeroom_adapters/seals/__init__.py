"""Sealing secrets with AES-GCM: what the database holds is of no use without the keys."""
