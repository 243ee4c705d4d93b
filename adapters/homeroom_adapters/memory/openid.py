"""Another house in this process's memory: whoever is said to have signed in there, has."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound
from homeroom.people.errors import OpenIdRefused
from homeroom.people.model.openid import Proven
from homeroom.people.ports.openid import Code, IdToken, OpenIdDoor, OpenIdSettings

_CODES_LAST, _TOKENS_LAST = timedelta(minutes=10), timedelta(hours=1)


@attrs.frozen
class _Grant:
    who: Proven
    nonce: str
    challenge: str
    redirect_url: str
    ends_at: datetime


@attrs.frozen
class _Vouched:
    who: Proven
    nonce: str
    ends_at: datetime


@attrs.define
class MemoryDoor:
    """For an embedder's own tests, who say by `consent` who signs in."""

    _settings: OpenIdSettings = attrs.field(alias="settings")
    _clock: Clock = attrs.field(alias="clock")
    _grants: dict[str, _Grant] = attrs.field(
        factory=dict[str, _Grant], init=False, alias="grants", repr=False
    )

    _vouched: dict[str, _Vouched] = attrs.field(
        factory=dict[str, _Vouched], init=False, alias="vouched", repr=False
    )

    def authorization(self, *, state: str, nonce: str, challenge: str) -> str:
        own = self._settings
        asked = {
            "response_type": "code",
            "client_id": own.client_id,
            "redirect_uri": own.redirect_url,
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{own.authorization_url}?{urlencode(asked)}"

    def consent(self, url: str, who: Proven) -> str:
        """The code that comes back when *who* goes to *url* and signs in."""
        asked = parse_qs(urlsplit(url).query, strict_parsing=True)
        code = secrets.token_urlsafe(32)
        self._grants[code] = _Grant(
            who=who,
            nonce=asked.get("nonce", [""])[0],
            challenge=asked["code_challenge"][0],
            redirect_url=asked["redirect_uri"][0],
            ends_at=self._clock.now() + _CODES_LAST,
        )
        return code

    async def redeem(self, code: Code) -> Proven:
        grant = self._grants.pop(code.text, None)
        if grant is None or self._clock.now() >= grant.ends_at:
            raise OpenIdRefused
        if (code.redirect_url or self._settings.redirect_url) != grant.redirect_url:
            raise OpenIdRefused
        told = hashlib.sha256(code.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(told).decode().rstrip("=")
        if challenge != grant.challenge or code.nonce not in (None, grant.nonce):
            raise OpenIdRefused
        return attrs.evolve(grant.who, email=grant.who.email.lower())

    def vouch(self, who: Proven, *, nonce: str = "") -> str:
        """What a page is given when *who* signs in there by a button of that house."""
        now, token = self._clock.now(), secrets.token_urlsafe(32)
        still = {text: one for text, one in self._vouched.items() if now < one.ends_at}
        self._vouched = still | {token: _Vouched(who, nonce, now + _TOKENS_LAST)}
        return token

    async def believe(self, shown: IdToken) -> Proven:
        told = self._vouched.get(shown.text)
        if told is None or self._clock.now() >= told.ends_at:
            raise OpenIdRefused
        if shown.nonce not in (None, told.nonce):
            raise OpenIdRefused
        return attrs.evolve(told.who, email=told.who.email.lower())

    async def ping(self) -> None:
        """It lives in this process, and so it is there."""


@asynccontextmanager
async def open_door(
    settings: OpenIdSettings, ambient: Ambient, _outbound: Outbound
) -> AsyncIterator[OpenIdDoor]:
    """The door behind entry point `homeroom.openid`, name `memory`."""
    yield MemoryDoor(settings=settings, clock=ambient.clock)
