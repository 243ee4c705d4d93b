"""Access tokens: what says, for a few minutes and without a look at the store, who asks."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

import attrs

from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, TokenId

LONGEST_TOKEN = 4_096
"""Characters of the longest token that is looked at."""

_SECRET_SIZE, _SEED_SIZE = 32, 32
_MOST_LEEWAY = timedelta(minutes=5)


class Algorithm(StrEnum):
    """What a key signs with, as RFC 7518 and RFC 9864 name it."""

    HS256 = "HS256"
    RS256 = "RS256"
    ED25519 = "Ed25519"


@attrs.frozen
class SigningKey:
    """A key as an operator gives it."""

    algorithm: Algorithm
    secret: bytes = attrs.field(repr=False)

    @classmethod
    def read(cls, text: str) -> "SigningKey":
        """The key that *text* writes. Raises `ValueError`, which quotes nothing of it."""
        name, _, written = text.partition(":")
        try:
            key = cls(Algorithm(name), base64.b64decode(written, validate=True))
        except (binascii.Error, ValueError):
            raise _refused("a key is Ed25519:…, HS256:… or RS256:…, and … is base64") from None
        size = len(key.secret)
        if key.algorithm is Algorithm.ED25519 and size != _SEED_SIZE:
            raise _refused(f"behind Ed25519: stand {_SEED_SIZE} bytes")
        if key.algorithm is Algorithm.HS256 and size < _SECRET_SIZE:
            raise _refused(f"behind HS256: stand {_SECRET_SIZE} bytes, or more")
        if key.algorithm is Algorithm.RS256 and not size:
            raise _refused("behind RS256: stands what a PEM file of PKCS#8 has between its marks")
        return key


def _refused(why: str) -> ValueError:
    return ValueError(f"signing.keys: {why}")


def _keys(_: object, field: "attrs.Attribute[Any]", value: tuple[str, ...]) -> None:
    read = [SigningKey.read(text).secret for text in value]
    if not read:
        raise _refused("without a key there is nothing to sign with")
    if len(set(read)) < len(read):
        raise _refused("a key stands there twice")


def _named(_: object, field: "attrs.Attribute[Any]", value: str) -> None:
    if not value.strip() or len(value) > 200:
        raise ValueError(f"signing.{field.name}: a name of 1 to 200 characters")


def _short(_: object, field: "attrs.Attribute[Any]", value: timedelta) -> None:
    if not timedelta(0) <= value <= _MOST_LEEWAY:
        raise ValueError("signing.leeway: from nothing to five minutes")


@attrs.frozen(kw_only=True)
class TokenSignerSettings:
    """What a signer is opened with."""

    keys: tuple[str, ...] = attrs.field(repr=False, validator=_keys)
    """Newest first: the first one signs, and what any of them signed is believed.

    Each is `Ed25519:` and 32 bytes in base64, `HS256:` and 32 bytes or more, or `RS256:` and an
    RSA key in PKCS#8. To change keys, put a new one before the others; take the old ones away
    when the last token they signed has ended.
    """

    issuer: str = attrs.field(default="homeroom", validator=_named)
    """Who says it."""

    audience: str = attrs.field(default="homeroom", validator=_named)
    """Who is to believe it."""

    leeway: timedelta = attrs.field(default=timedelta(seconds=10), validator=_short)
    """How far clocks may differ."""


@attrs.frozen(kw_only=True)
class AccessClaims:
    """What a token says. No roles: those are looked up, so that taking one away counts at once."""

    token_id: TokenId
    person_id: PersonId
    institution_id: InstitutionId
    session_id: SessionId
    issued_at: datetime
    expires_at: datetime
    """Tokens count whole seconds: what is left over of these two is dropped."""


@runtime_checkable
class TokenSigner(Protocol):
    """Signs what a token says with the newest key, and believes what any known key signed.

    Conformance: `homeroom_testing.conformance.tokens.TokenSignerConformance`.
    """

    def sign(self, claims: AccessClaims) -> str: ...

    def read(self, token: str, *, at: datetime) -> AccessClaims:
        """Raises `BadToken`, or `TokenExpired` for one that was good once; neither quotes it.

        Believed is only what this house signed, for this audience, as an access token, with
        the algorithm of the key that it names, and which has begun and not ended at *at*.
        Clocks may differ by the leeway of the settings.
        """
        ...

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        """As RFC 7517 writes keys, newest first; none where the secret is shared (HS256)."""
        ...
