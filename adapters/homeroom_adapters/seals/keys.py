"""What one key of the operator's can do; the only module that knows `cryptography`.

From each key three others are derived (HKDF-SHA256, RFC 5869), so that none is used for two
things and a fingerprint or a key's name tells nothing of what seals:

- one seals, by AES-256-GCM with a nonce of 96 random bits. Chance alone lets two nonces meet
  after some 2^32 seals of one key, which at a thousand seals a second is 49 days, and at what a
  school saves some centuries; a counter would need a store that never goes back in time;
- one makes fingerprints, by HMAC-SHA256;
- one is shown: it names the key in every seal, so that nobody tries them all.
"""

import hashlib
import hmac
import os

import attrs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE, _NAME = 12, 4


@attrs.frozen
class Key:
    """One key, by its *name*; how far it may be trusted is the operator's affair."""

    name: str
    _seals: AESGCM = attrs.field(alias="seals", repr=False)
    _prints: bytes = attrs.field(alias="prints", repr=False)

    def seal(self, text: bytes, bound_to: bytes) -> bytes:
        """*text* sealed so that it only opens where *bound_to* is the same."""
        nonce = os.urandom(_NONCE)
        return nonce + self._seals.encrypt(nonce, text, bound_to)

    def open(self, sealed: bytes, bound_to: bytes) -> bytes | None:
        """What was sealed; None if it was changed since, or bound to something else."""
        try:
            return self._seals.decrypt(sealed[:_NONCE], sealed[_NONCE:], bound_to)
        except (InvalidTag, ValueError):  # a ValueError for what is too short to be a seal
            return None

    def fingerprint(self, message: bytes) -> str:
        return hmac.new(self._prints, message, hashlib.sha256).hexdigest()


def derive_key(secret: bytes) -> Key:
    """The key that the operator's *secret* stands for."""
    return Key(
        name=_derived(secret, "name", _NAME).hex(),
        seals=AESGCM(_derived(secret, "seal", 32)),
        prints=_derived(secret, "fingerprint", 32),
    )


def _derived(secret: bytes, use: str, size: int) -> bytes:
    info = f"homeroom sealing v1 {use}".encode()
    return HKDF(algorithm=SHA256(), length=size, salt=None, info=info).derive(secret)
