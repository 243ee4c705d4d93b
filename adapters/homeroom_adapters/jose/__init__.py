"""Signing tokens as JWTs: what is in them is believed without a look at the store."""
