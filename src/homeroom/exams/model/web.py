"""Addresses of pages that a learner may be sent to."""

from urllib.parse import urlsplit


def is_web(address: str) -> bool:
    """Whether *address* is one of https, in one line."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme == "https" and bool(parts.hostname) and address.isprintable()
