"""The door to another house in which people sign in, by OpenID Connect."""

from datetime import timedelta
from typing import Any, Protocol, runtime_checkable

import attrs

from homeroom.people.model.openid import Proven

LONGEST_ID_TOKEN = 16_384
"""Characters of the longest ID token that is looked at."""

LONGEST_CODE = 2_048
"""Characters of the longest code that is brought to the provider."""

_MOST_LEEWAY = timedelta(minutes=5)


def _there(_: object, field: "attrs.Attribute[Any]", value: str) -> None:
    if not value.strip() or not value.isprintable():
        raise ValueError(f"google.{field.name}: needs a value")


def _short(_: object, field: "attrs.Attribute[Any]", value: timedelta) -> None:
    if not timedelta(0) <= value <= _MOST_LEEWAY:
        raise ValueError("google.leeway: from nothing to five minutes")


@attrs.frozen(kw_only=True)
class OpenIdSettings:
    """What a door is opened with: who we are there, and where there is. Google, if not said."""

    client_id: str = attrs.field(validator=_there)
    client_secret: str = attrs.field(repr=False, validator=_there)
    redirect_url: str = attrs.field(validator=_there)
    """Where the provider sends browsers back to, to the letter as it is registered there."""

    issuers: tuple[str, ...] = ("https://accounts.google.com", "accounts.google.com")
    """Who says it; Google writes itself both ways."""

    authorization_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    keys_url: str = "https://www.googleapis.com/oauth2/v3/certs"
    leeway: timedelta = attrs.field(default=timedelta(seconds=30), validator=_short)
    """How far clocks may differ."""


@attrs.frozen(kw_only=True)
class Code:
    """What a browser came back with from the other house, and how it was asked for."""

    text: str = attrs.field(repr=False)
    verifier: str = attrs.field(repr=False)
    nonce: str | None = attrs.field(repr=False)
    """What the ID token has to answer; None where whoever asked told of none."""

    redirect_url: str = ""
    """Where the browser was sent back to; empty for the address that the settings say."""


@attrs.frozen(kw_only=True)
class IdToken:
    """What the other house said of somebody, to a page that showed it to us."""

    text: str = attrs.field(repr=False)
    nonce: str | None = attrs.field(default=None, repr=False)
    """What it has to answer; None where whoever asked told of none."""


@runtime_checkable
class OpenIdDoor(Protocol):
    """Sends people to another house, and believes what it says of whoever comes back.

    Conformance: `homeroom_testing.conformance.openid.OpenIdDoorConformance`.
    """

    def authorization(self, *, state: str, nonce: str, challenge: str) -> str:
        """Where a browser goes to sign in there: an URL, with none of our secrets in it."""
        ...

    async def redeem(self, code: Code) -> Proven:
        """Whoever signed in there, for the *code* that came back. A code counts once.

        Raises `OpenIdRefused` for a code that does not count, or not with its verifier and its
        address, and for whatever is wrong with what is said then: it is meant for this house, is
        signed by that one, counts now, answers the nonce if there is one, and names an address
        that was verified. Raises `OpenIdUnavailable`.
        """
        ...

    async def believe(self, shown: IdToken) -> Proven:
        """Whoever is told of in what somebody showed; as often as it is shown, while it counts.

        Raises `OpenIdRefused` and `OpenIdUnavailable` as `redeem` does for what a code is good for.
        """
        ...

    async def ping(self) -> None:
        """Raises `OpenIdUnavailable` with a sentence that says what to do."""
        ...
