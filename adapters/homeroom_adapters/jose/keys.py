"""What one signing key can do; the only module that knows `joserfc`.

A key is named by its thumbprint (RFC 7638), so that every process of a house finds the same name
without being told. A shared secret has no public part to take one of: its name is an HMAC of a
fixed text under it, which tells of the secret what any token signed with it tells.
"""

import base64
import hashlib
import hmac
import json
import warnings
from collections.abc import Callable, Mapping
from functools import cached_property

import attrs
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import OctKey, OKPKey, RSAKey

from homeroom.people.errors import SigningKeyRefused
from homeroom.people.ports.tokens import Algorithm, SigningKey

TYPE = "at+jwt"
"""What an access token says that it is (RFC 9068)."""

JoseKey = OctKey | OKPKey | RSAKey

_NAME_OF = b"homeroom signing key v1 name"
_ED25519_IN_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
_FEWEST_BITS = 2048


@attrs.frozen
class Key:
    """One key, with the header of all that it signs."""

    protected: Mapping[str, str]
    """What that header says."""

    public: Mapping[str, str]
    """The key as RFC 7517 writes it, for everybody; empty if there is nothing to show."""

    _signs: JoseKey = attrs.field(alias="signs", repr=False)
    _proves: JoseKey = attrs.field(alias="proves", repr=False)

    @property
    def name(self) -> str:
        return self.protected["kid"]

    @cached_property
    def header(self) -> str:
        """What stands before the first dot."""
        return _written(json.dumps(self.protected, separators=(",", ":")).encode())

    @cached_property
    def _registry(self) -> jws.JWSRegistry:
        return jws.JWSRegistry(algorithms=[self.protected["alg"]])

    def sign(self, payload: bytes) -> str:
        return jws.serialize_compact(
            dict(self.protected), payload, self._signs, registry=self._registry
        )

    def proven(self, token: str) -> bytes | None:
        """What *token* says; None if this key did not sign it."""
        try:
            return jws.deserialize_compact(token, self._proves, registry=self._registry).payload
        except (JoseError, ValueError):
            return None


def make_key(given: SigningKey) -> Key:
    """The key that an operator gave. Raises `SigningKeyRefused`."""
    return _MAKERS[given.algorithm](given.secret)


def _shared(secret: bytes) -> Key:
    name = _written(hmac.new(secret, _NAME_OF, hashlib.sha256).digest())
    key = OctKey.import_key(secret)
    return Key(_header_of(Algorithm.HS256, name), public={}, signs=key, proves=key)


def _ed25519(seed: bytes) -> Key:
    key = OKPKey.import_key(_ED25519_IN_PKCS8 + seed)
    return _published(Algorithm.ED25519, key, OKPKey.import_key(key.as_dict(private=False)))


def _rsa(pkcs8: bytes) -> Key:
    try:
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):
            key = RSAKey.import_key(pkcs8)
    except (JoseError, ValueError, TypeError):
        raise SigningKeyRefused from None
    if not key.is_private or key.raw_value.key_size < _FEWEST_BITS:
        raise SigningKeyRefused
    return _published(Algorithm.RS256, key, RSAKey.import_key(key.as_dict(private=False)))


def _published(algorithm: Algorithm, signs: OKPKey | RSAKey, proves: OKPKey | RSAKey) -> Key:
    name = proves.thumbprint()
    told = {**proves.as_dict(), "kid": name, "alg": algorithm.value, "use": "sig"}
    public = {part: str(text) for part, text in told.items()}
    return Key(_header_of(algorithm, name), public, signs=signs, proves=proves)


def _header_of(algorithm: Algorithm, name: str) -> dict[str, str]:
    return {"alg": algorithm.value, "kid": name, "typ": TYPE}


_MAKERS: Mapping[Algorithm, Callable[[bytes], Key]] = {
    Algorithm.HS256: _shared,
    Algorithm.ED25519: _ed25519,
    Algorithm.RS256: _rsa,
}


def _written(told: bytes) -> str:
    return base64.urlsafe_b64encode(told).decode().rstrip("=")
