"""Access tokens as signed JWTs (RFC 9068), read as strictly as only their own writer can.

A token's header is not read but recognised. This house alone believes its access tokens, and it
writes one header for each of its keys: which algorithm, which key, and that this is an access
token. What stands before the first dot is looked up among those, letter by letter. So there is no
header for an attacker to choose: no `none`, no algorithm for another's key, no key of their own or
from elsewhere, no critical extensions, and no other kind of token. Only then is the signature
checked, and only after that is anything parsed that came from outside.

What a token says beyond what we ask of it is ignored, so that a newer release may say more.

The library is loaded for the first token: few of the house's processes ever see one.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING
from uuid import UUID

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import InstitutionId, PersonId, SessionId, TokenId
from homeroom.people.errors import BadToken, TokenExpired
from homeroom.people.ports.tokens import (
    LONGEST_TOKEN,
    AccessClaims,
    Algorithm,
    SigningKey,
    TokenSigner,
    TokenSignerSettings,
)

if TYPE_CHECKING:
    from homeroom_adapters.jose.keys import Key

_LIBRARY = "joserfc"
_COMPACT = re.compile(r"(?P<header>[\w-]+)\.[\w-]+\.[\w-]+", re.ASCII)

Said = Mapping[str, object]
"""What a token says, as it came out of JSON."""


@attrs.frozen
class JoseSigner:
    """Signs with the first of *settings*' keys, and believes what any of them signed."""

    _settings: TokenSignerSettings = attrs.field(alias="settings")

    def sign(self, claims: AccessClaims) -> str:
        begins = int(claims.issued_at.timestamp())
        said = {
            "iss": self._settings.issuer,
            "aud": self._settings.audience,
            "sub": str(claims.person_id),
            "sid": str(claims.session_id),
            "iid": str(claims.institution_id),
            "jti": str(claims.token_id),
            "iat": begins,
            "nbf": begins,
            "exp": int(claims.expires_at.timestamp()),
        }
        return self._keys[0].sign(json.dumps(said, separators=(",", ":")).encode())

    def read(self, token: str, *, at: datetime) -> AccessClaims:
        said = _parsed(self._proven(token))
        own = self._settings
        if said.get("iss") != own.issuer or said.get("aud") != own.audience:
            raise BadToken
        claims = AccessClaims(
            token_id=TokenId(_id(said, "jti")),
            person_id=PersonId(_id(said, "sub")),
            institution_id=InstitutionId(_id(said, "iid")),
            session_id=SessionId(_id(said, "sid")),
            issued_at=_instant(said, "iat"),
            expires_at=_instant(said, "exp"),
        )
        begins = max(claims.issued_at, _instant(said, "nbf"))
        if begins > at + own.leeway or begins >= claims.expires_at:
            raise BadToken
        if claims.expires_at <= at - own.leeway:
            raise TokenExpired
        return claims

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        return tuple(key.public for key in self._keys if key.public)

    def _proven(self, token: str) -> bytes:
        """What *token* says, if one of our keys signed it."""
        found = _COMPACT.fullmatch(token) if len(token) <= LONGEST_TOKEN else None
        key = self._by_header.get(found["header"]) if found else None
        said = key.proven(token) if key else None
        if said is None:
            raise BadToken
        return said

    @cached_property
    def _keys(self) -> "tuple[Key, ...]":
        from homeroom_adapters.jose.keys import make_key  # noqa: PLC0415 - only now: see above

        return tuple(make_key(SigningKey.read(text)) for text in self._settings.keys)

    @cached_property
    def _by_header(self) -> "dict[str, Key]":
        return {key.header: key for key in self._keys}


def _parsed(payload: bytes) -> Said:
    try:
        said: object = json.loads(
            payload.decode(), object_pairs_hook=_each_once, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise BadToken from None
    if not isinstance(said, dict):
        raise BadToken
    return said


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError("something is said twice")
    return said


def _no_number(_: str) -> object:
    raise ValueError("no such number in JSON")


def _id(said: Said, name: str) -> UUID:
    """The id in the one spelling that we write."""
    text = said.get(name)
    try:
        if isinstance(text, str) and str(found := UUID(text)) == text:
            return found
    except ValueError:
        pass
    raise BadToken


def _instant(said: Said, name: str) -> datetime:
    """Whole seconds since 1970, in years that have four digits."""
    seconds = said.get(name)
    if type(seconds) is not int:  # neither True, which is an int too, nor a float
        raise BadToken
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, OSError, ValueError):
        raise BadToken from None


@asynccontextmanager
async def open_signer(
    settings: TokenSignerSettings, ambient: Ambient
) -> AsyncIterator[TokenSigner]:
    """The signer behind entry point `homeroom.signer`, name `jose`.

    Raises `SigningKeyRefused`, or `ModuleNotFoundError` when its library is missing.
    """
    if find_spec(_LIBRARY) is None:
        raise ModuleNotFoundError(f"No module named {_LIBRARY!r}", name=_LIBRARY)
    signer = JoseSigner(settings)
    if any(SigningKey.read(text).algorithm is Algorithm.RS256 for text in settings.keys):
        signer.public_keys()  # whether an RSA key is one, only the library knows: look now
    yield signer
