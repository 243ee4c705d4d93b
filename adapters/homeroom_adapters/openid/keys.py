"""A provider's public keys; the only module of this technology that knows `joserfc`.

A key says what it is for, and a token does not: RSA keys prove RS256 and P-256 keys ES256, and
whatever else a set holds (a shared secret above all) is no key of ours to believe.
"""

import json
import warnings
from collections.abc import Iterator, Mapping

import attrs
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey

_FEWEST_BITS, _MOST_BITS = 2_048, 8_192
_MOST_KEYS = 32
_LONGEST_NAME = 200
_PARTS = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
_ALGORITHMS = {"RSA": "RS256", "EC": "ES256"}


@attrs.frozen
class ProvingKey:
    """One key of a provider's."""

    name: str
    algorithm: str
    _proves: RSAKey | ECKey = attrs.field(alias="proves", repr=False)

    def proven(self, token: str) -> bytes | None:
        """What *token* says; None if this key did not sign it."""
        registry = jws.JWSRegistry(algorithms=[self.algorithm])
        try:
            return jws.deserialize_compact(token, self._proves, registry=registry).payload
        except (JoseError, ValueError):
            return None


def read_keys(body: bytes) -> Mapping[str, ProvingKey]:
    """The keys of a JWK set by their names. Raises `ValueError` for what is no set of keys.

    Of two keys with one name neither is believed: nobody can say which was meant.
    """
    told: object = json.loads(body)
    listed = told.get("keys") if isinstance(told, dict) else None
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise ValueError("this is no set of keys")
    found = [key for one in listed for key in _read(one)]
    names = [key.name for key in found]
    return {key.name: key for key in found if names.count(key.name) == 1}


def _read(told: object) -> Iterator[ProvingKey]:
    if not isinstance(told, dict):
        return
    name, kind = told.get("kid"), str(told.get("kty"))
    algorithm = _ALGORITHMS.get(kind)
    if algorithm is None or told.get("use", "sig") != "sig":
        return
    if told.get("alg", algorithm) != algorithm or not _is_name(name):
        return
    try:
        with warnings.catch_warnings(action="ignore", category=SecurityWarning):
            key = _imported(kind, {part: told[part] for part in _PARTS[kind]})
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return
    if key is not None:
        yield ProvingKey(str(name), algorithm, proves=key)


def _is_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME


def _imported(kind: str, parts: Mapping[str, str]) -> RSAKey | ECKey | None:
    """The key, from its public parts alone; None for one that is too weak, or of another curve."""
    if kind == "EC":
        known = parts["crv"] == "P-256"
        return ECKey.import_key({"kty": kind, **parts}) if known else None
    key = RSAKey.import_key({"kty": kind, **parts})
    return key if _FEWEST_BITS <= key.raw_value.key_size <= _MOST_BITS else None
