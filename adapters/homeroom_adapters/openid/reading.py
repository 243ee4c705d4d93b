"""ID tokens, read as strictly as what they open deserves.

Everything in a token is a claim until its signature is proven, by a key that the provider itself
shows and for the algorithm that this key is made for. The header chooses between the provider's
keys, by name, and nothing else: one that brings a key, says where one is, or wants something
understood that we do not understand is refused before it is looked at further.
"""

import base64
import binascii
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from homeroom.people.errors import OpenIdRefused
from homeroom.people.model.openid import Proven
from homeroom.people.ports.openid import LONGEST_ID_TOKEN, OpenIdSettings

if TYPE_CHECKING:
    from homeroom_adapters.openid.keys import ProvingKey

_COMPACT = re.compile(r"(?P<header>[\w-]+)\.[\w-]+\.[\w-]+", re.ASCII)
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(?:\.[^@\s.]+)+")
_BRINGS_TROUBLE = frozenset({"b64", "crit", "enc", "jku", "jwk", "x5c", "x5u", "zip"})
_OLDEST = 24 * 3_600
"""Seconds that a token may have been made before it is shown to us."""

_LONGEST_SUBJECT, _LONGEST_EMAIL, _LONGEST_NAME = 255, 254, 200

Said = Mapping[str, object]
FindKey = Callable[[str], Awaitable["ProvingKey | None"]]


@attrs.frozen
class IdTokens:
    """Reads what a provider says of somebody."""

    settings: OpenIdSettings
    find_key: FindKey

    async def read(self, token: str, *, nonce: str | None, at: datetime) -> Proven:
        """Raises `OpenIdRefused`, which quotes nothing, and `OpenIdUnavailable`."""
        found = _COMPACT.fullmatch(token) if len(token) <= LONGEST_ID_TOKEN else None
        if found is None:
            raise OpenIdRefused
        said = _parsed(await self._proven(token, _parsed(_bytes_of(found["header"]))))
        self._check_whose(said)
        self._check_when(said, at)
        if nonce is not None and not _same(said.get("nonce"), nonce):
            raise OpenIdRefused
        return _person(said)

    async def _proven(self, token: str, header: Said) -> bytes:
        name, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ", "JWT")
        if not isinstance(name, str) or not isinstance(algorithm, str):
            raise OpenIdRefused
        if _BRINGS_TROUBLE & header.keys() or not isinstance(kind, str) or kind.upper() != "JWT":
            raise OpenIdRefused
        key = await self.find_key(name)
        proven = key.proven(token) if key and key.algorithm == algorithm else None
        if proven is None:
            raise OpenIdRefused
        return proven

    def _check_whose(self, said: Said) -> None:
        """It is from them and for us, and for nobody beside us."""
        ours = self.settings.client_id
        if said.get("iss") not in self.settings.issuers or said.get("aud") not in (ours, [ours]):
            raise OpenIdRefused
        if said.get("azp", ours) != ours:
            raise OpenIdRefused

    def _check_when(self, said: Said, at: datetime) -> None:
        now, leeway = at.timestamp(), self.settings.leeway.total_seconds()
        made, ends = _seconds(said, "iat"), _seconds(said, "exp")
        begins = _seconds(said, "nbf") if "nbf" in said else made
        if max(made, begins) > now + leeway or ends <= now - leeway or made < now - _OLDEST:
            raise OpenIdRefused


def _person(said: Said) -> Proven:
    email, subject = said.get("email"), said.get("sub")
    if said.get("email_verified") is not True or not isinstance(email, str):
        raise OpenIdRefused
    if len(email) > _LONGEST_EMAIL or not email.isascii() or not email.isprintable():
        raise OpenIdRefused  # another script's letters look like ours, and are somebody else's
    if not _EMAIL.fullmatch(email) or not isinstance(subject, str):
        raise OpenIdRefused
    if not 0 < len(subject) <= _LONGEST_SUBJECT or not (
        subject.isascii() and subject.isprintable()
    ):
        raise OpenIdRefused
    return Proven(
        subject=subject,
        email=email.lower(),
        given_name=_words(said, "given_name"),
        family_name=_words(said, "family_name"),
        managed_by=_words(said, "hd").lower(),
    )


def _same(told: object, asked: str) -> bool:
    if not isinstance(told, str):
        return False
    one, other = (text.encode("utf-8", "surrogatepass") for text in (told, asked))
    return hmac.compare_digest(one, other)


def _words(said: Said, name: str) -> str:
    told = said.get(name)
    return told[:_LONGEST_NAME] if isinstance(told, str) else ""


def _bytes_of(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        raise OpenIdRefused from None


def _parsed(payload: bytes) -> Said:
    try:
        said: object = json.loads(
            payload.decode(), object_pairs_hook=_each_once, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise OpenIdRefused from None
    if not isinstance(said, dict):
        raise OpenIdRefused
    return said


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    said = dict(pairs)
    if len(said) < len(pairs):
        raise ValueError("something is said twice")
    return said


def _no_number(_: str) -> object:
    raise ValueError("no such number in JSON")


def _seconds(said: Said, name: str) -> int:
    """Whole seconds since 1970."""
    seconds = said.get(name)
    if type(seconds) is not int:  # neither True, which is an int too, nor a float
        raise OpenIdRefused
    return seconds
