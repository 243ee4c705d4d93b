"""Redis: cache, event streams and rate limits; never the truth."""
