"""The door to a provider of OpenID Connect, over the house's guarded way out."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from urllib.parse import urlencode

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Refusal
from homeroom.kernel.outbound import Outbound, OutboundAnswer, OutboundRequest
from homeroom.people.errors import OpenIdRefused, OpenIdUnavailable
from homeroom.people.model.openid import Proven
from homeroom.people.ports.openid import Code, IdToken, OpenIdDoor, OpenIdSettings
from homeroom_adapters.openid.reading import IdTokens
from homeroom_adapters.openid.ring import KeyRing

_LIBRARY = "joserfc"
_MOST = 64 * 1_024
"""Bytes of answer: tokens and keys are a few thousand."""

_DEADLINE = 5.0
"""Seconds in which the provider answers: somebody waits in front of a page."""

_FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


@attrs.frozen
class OpenIdHttp:
    """Brings codes to the provider, and reads the ID tokens that it gives for them."""

    _settings: OpenIdSettings = attrs.field(alias="settings")
    _outbound: Outbound = attrs.field(alias="outbound")
    _clock: Clock = attrs.field(alias="clock")
    _ring: KeyRing = attrs.field(alias="ring")
    _tokens: IdTokens = attrs.field(alias="tokens")

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
            "prompt": "select_account",
        }
        return f"{own.authorization_url}?{urlencode(asked)}"

    async def redeem(self, code: Code) -> Proven:
        token = id_token_in(await self._exchange(code))
        return await self._tokens.read(token, nonce=code.nonce, at=self._clock.now())

    async def believe(self, shown: IdToken) -> Proven:
        return await self._tokens.read(shown.text, nonce=shown.nonce, at=self._clock.now())

    async def ping(self) -> None:
        await self._ring.look()

    async def _exchange(self, code: Code) -> OutboundAnswer:
        """The provider's answer for *code*, which is asked once: no code counts twice."""
        own = self._settings
        form = {
            "grant_type": "authorization_code",
            "code": code.text,
            "redirect_uri": code.redirect_url or own.redirect_url,
            "client_id": own.client_id,
            "client_secret": own.client_secret,
            "code_verifier": code.verifier,
        }
        try:
            body = urlencode(form).encode()
        except UnicodeEncodeError:
            raise OpenIdRefused from None  # half a character is in no code
        return await _asked(
            self._outbound,
            OutboundRequest(
                method="POST",
                url=own.token_url,
                headers=_FORM,
                body=body,
                idempotent=False,
                deadline=_DEADLINE,
                max_body=_MOST,
            ),
        )


def id_token_in(answer: OutboundAnswer) -> str:
    """The ID token in *answer*. Raises `OpenIdRefused`, and `OpenIdUnavailable` if we are."""
    try:
        told: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        told = None
    said = told if isinstance(told, dict) else {}
    if answer.status == 401 or said.get("error") in ("invalid_client", "unauthorized_client"):
        raise OpenIdUnavailable(
            "the provider does not know this house. Set HOMEROOM_GOOGLE__CLIENT_ID and "
            "HOMEROOM_GOOGLE__CLIENT_SECRET as its console shows them"
        )
    if said.get("error") == "redirect_uri_mismatch":
        raise OpenIdUnavailable(
            "the provider knows another address of ours. Register HOMEROOM_GOOGLE__REDIRECT_URL "
            "and HOMEROOM_GOOGLE__PAGES there, to the letter"
        )
    token = said.get("id_token")
    if not answer.ok or not isinstance(token, str):
        raise OpenIdRefused
    return token


async def _asked(outbound: Outbound, request: OutboundRequest) -> OutboundAnswer:
    try:
        return await outbound.send(request)
    except Refusal as refusal:
        wait = getattr(refusal, "retry_after", None)
        raise OpenIdUnavailable(refusal.message, retry_after=wait) from refusal


async def fetch_keys(outbound: Outbound, url: str) -> bytes:
    request = OutboundRequest(
        url=url, headers={"accept": "application/json"}, deadline=_DEADLINE, max_body=_MOST
    )
    answer = await _asked(outbound, request)
    if not answer.ok:
        raise OpenIdUnavailable(f"the provider answered {answer.status} when asked for its keys")
    return answer.body


@asynccontextmanager
async def open_door(
    settings: OpenIdSettings, ambient: Ambient, outbound: Outbound
) -> AsyncIterator[OpenIdDoor]:
    """The door behind entry point `homeroom.openid`, name `oidc`.

    Raises `ModuleNotFoundError` when its library is missing.
    """
    if find_spec(_LIBRARY) is None:
        raise ModuleNotFoundError(f"No module named {_LIBRARY!r}", name=_LIBRARY)

    async def fetch() -> bytes:
        return await fetch_keys(outbound, settings.keys_url)

    ring = KeyRing(fetch=fetch, clock=ambient.clock)
    yield OpenIdHttp(
        settings=settings,
        outbound=outbound,
        clock=ambient.clock,
        ring=ring,
        tokens=IdTokens(settings, ring.find),
    )
