"""Signing in by OpenID Connect: codes are brought to the provider, and its ID tokens are read."""
