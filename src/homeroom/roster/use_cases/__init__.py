"""What may be done with the roster."""
