"""Keys to sign tokens with, made for one run; and who signs whatever they are told to with them.

    forger = Forger(ED25519)
    token = forger.token({"alg": "Ed25519", "kid": "…", "typ": "at+jwt"}, {"sub": "…"})

A forger knows no rules: it writes a header and claims as they are given, bytes too, so that a
suite can show what a signer must refuse even under the right key.
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from functools import cache

import attrs
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from homeroom.people.ports.tokens import Algorithm, SigningKey

Part = bytes | str | Mapping[str, object]
"""A part of a token: what is told, or its text, or the bytes of that."""

_NEW_KEYS = {
    Algorithm.HS256: lambda: os.urandom(32),
    Algorithm.ED25519: lambda: os.urandom(32),
    Algorithm.RS256: lambda: _rsa_key(2048),
}


def _read(text: str) -> SigningKey:
    return SigningKey.read(text)


@cache
def signing_key(algorithm: Algorithm, which: str = "first") -> str:
    """A key as settings take it, the same one throughout a run."""
    return f"{algorithm.value}:{base64.b64encode(_NEW_KEYS[algorithm]()).decode()}"


@cache
def rsa_signing_key(bits: int) -> str:
    """An RSA key of any size, good or too short, as settings take it."""
    return f"RS256:{base64.b64encode(_rsa_key(bits)).decode()}"


def _rsa_key(bits: int) -> bytes:
    made = rsa.generate_private_key(65537, bits)
    return made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@attrs.frozen
class Forger:
    """Signs with a key whatever it is told to."""

    _key: SigningKey = attrs.field(alias="key", converter=_read, repr=False)

    def token(self, header: Part, payload: Part) -> str:
        """A token of these two parts, with the signature that fits them."""
        signed = f"{part(header)}.{part(payload)}"
        return f"{signed}.{part(self.signature(signed.encode()))}"

    def signature(self, signed: bytes) -> bytes:
        match self._key.algorithm:
            case Algorithm.HS256:
                return mac(self._key.secret, signed)
            case Algorithm.ED25519:
                return ed25519.Ed25519PrivateKey.from_private_bytes(self._key.secret).sign(signed)
            case Algorithm.RS256:
                private = load_der_private_key(self._key.secret, None)
                assert isinstance(private, rsa.RSAPrivateKey)
                return private.sign(signed, padding.PKCS1v15(), SHA256())


def mac(secret: bytes, signed: bytes, digest: str = "sha256") -> bytes:
    """What a shared secret signs with."""
    return hmac.new(secret, signed, getattr(hashlib, digest)).digest()


def part(told: Part) -> str:
    """*told* as it stands between two dots."""
    if not isinstance(told, bytes):
        text = told if isinstance(told, str) else json.dumps(told, separators=(",", ":"))
        told = text.encode("utf-8", "surrogatepass")
    return base64.urlsafe_b64encode(told).decode().rstrip("=")


def told_in(token: str, place: int) -> dict[str, object]:
    """What the header (0) or the payload (1) of *token* says."""
    text = token.split(".")[place]
    said: dict[str, object] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return said


def proves(shown: Mapping[str, str], token: str) -> bool:
    """Whether a stranger who knows nothing but the key *shown* sees that it signed *token*."""
    signed, _, signature = token.rpartition(".")
    try:
        if shown["kty"] == "RSA":
            numbers = rsa.RSAPublicNumbers(*(int.from_bytes(_bytes(shown[one])) for one in "en"))
            public = numbers.public_key()
            public.verify(_bytes(signature), signed.encode(), padding.PKCS1v15(), SHA256())
        else:
            assert (shown["kty"], shown["crv"]) == ("OKP", "Ed25519")
            point = ed25519.Ed25519PublicKey.from_public_bytes(_bytes(shown["x"]))
            point.verify(_bytes(signature), signed.encode())
    except InvalidSignature:
        return False
    return True


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
