"""Standard Webhooks signatures: how a receiver knows that a message is ours, whole and fresh.

Of `id.timestamp.body` an HMAC-SHA256 is taken with each secret that counts, and written as
`v1,<base64>`. While a secret is being rotated there are two of them, with a space between.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets as luck
from collections.abc import Sequence
from datetime import datetime, timedelta

TOLERANCE = timedelta(minutes=5)
"""A message older or newer than this is not taken, so that nobody can send it again later."""

SECRET_PREFIX = "whsec_"  # noqa: S105 - the part that is not secret, so that scanners can find leaks
_SHORTEST, _LONGEST = 24, 64
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def new_secret() -> str:
    """A secret nobody has seen yet."""
    return SECRET_PREFIX + base64.b64encode(luck.token_bytes(32)).decode()


def read_secret(text: str) -> bytes:
    """The key that *text* writes. Raises `ValueError`, which quotes nothing of it."""
    try:
        key = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(SECRET_PREFIX) or not _SHORTEST <= len(key) <= _LONGEST:
        raise ValueError(
            f"a secret is {SECRET_PREFIX} and then {_SHORTEST} to {_LONGEST} bytes in base64"
        )
    return key


def sign(secrets: Sequence[str], delivery_id: str, timestamp: int, body: bytes) -> str:
    """The `webhook-signature` of a message: one signature for each of *secrets*, in their order."""
    return " ".join(_signature(secret, delivery_id, timestamp, body) for secret in secrets)


def verify(
    secrets: Sequence[str],
    delivery_id: str,
    timestamp: str,
    signatures: str,
    body: bytes,
    *,
    now: datetime,
) -> bool:
    """Whether one of *signatures* was made with one of *secrets*, for this very message, just now.

    It takes as long for a signature that is nearly right as for one that is all wrong.
    """
    if not _TIMESTAMP.fullmatch(timestamp):
        return False
    if abs(now.timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
        return False
    offered = [one.encode() for one in signatures.split(" ")]
    wanted = [_signature(one, delivery_id, int(timestamp), body).encode() for one in secrets]
    matches = [hmac.compare_digest(ours, theirs) for ours in wanted for theirs in offered]
    return any(matches)


def _signature(secret: str, delivery_id: str, timestamp: int, body: bytes) -> str:
    message = b".".join((delivery_id.encode(), str(timestamp).encode(), body))
    digest = hmac.new(read_secret(secret), message, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
