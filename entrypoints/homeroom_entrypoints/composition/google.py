"""Signing in with Google, as the settings say: the door to it, and who may come in by it."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import attrs

from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Invalid, Problem
from homeroom.kernel.outbound import Outbound
from homeroom.kernel.rights import Role
from homeroom.people.model.openid import OpenIdRules
from homeroom.people.ports.openid import OpenIdDoor, OpenIdSettings
from homeroom.people.use_cases.domains import InvitingRules
from homeroom.people.use_cases.openid import OtherHouse
from homeroom_entrypoints.composition.google_sections import GoogleSettings, houses_of
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings

_NAME = "google"
"""What accounts there are known under, for ever."""

_NEWCOMERS = {"refused": None, "student": Role.STUDENT, "teacher": Role.TEACHER}


class GoogleSettingsInvalid(Invalid):
    """Nobody can sign in with Google as the settings are."""

    code = "google_settings_invalid"

    def __init__(self, *problems: Problem) -> None:
        lines = [f"  {problem.field} {problem.message}" for problem in problems]
        super().__init__("\n".join([f"{self.__doc__}", *lines]), problems=problems)


async def open_google(
    stack: AsyncExitStack, settings: Settings, ambient: Ambient, outbound: Outbound
) -> OtherHouse | None:
    """The door to Google; None unless a client's id is set. Raises `GoogleSettingsInvalid`."""
    own = settings.google
    if not own.client_id:
        return None
    if missing := tuple(_missing(own)):
        raise GoogleSettingsInvalid(*missing)
    opening = find_adapter("openid", own.adapter)(_door_settings(own), ambient, outbound)
    door: OpenIdDoor = await stack.enter_async_context(opening)
    return OtherHouse(door, openid_rules(own), own.pages)


def openid_rules(own: GoogleSettings) -> OpenIdRules:
    """Who may come in."""
    return OpenIdRules(
        provider=_NAME,
        domains=houses_of(own.domains),
        newcomers=_NEWCOMERS[own.newcomers],
        managed_only=own.managed_only,
    )


def inviting_rules(settings: Settings) -> InvitingRules:
    """Whom people may invite: whose addresses these are is said where Google is set up."""
    own = settings.people
    return InvitingRules(
        domains=houses_of(settings.google.domains),
        any_domain=own.invite_any_domain,
        an_hour=own.invitations_per_hour,
    )


def _missing(own: GoogleSettings) -> Iterator[Problem]:
    needed = {
        "CLIENT_SECRET": own.client_secret,
        "REDIRECT_URL": own.redirect_url,
        "DOMAINS": own.domains,
    }
    for name, value in needed.items():
        if not value:
            yield Problem(f"HOMEROOM_GOOGLE__{name}", "is needed beside HOMEROOM_GOOGLE__CLIENT_ID")


def _door_settings(own: GoogleSettings) -> OpenIdSettings:
    settings = OpenIdSettings(
        client_id=own.client_id,
        client_secret=own.client_secret.reveal().strip(),
        redirect_url=own.redirect_url,
        authorization_url=own.authorization_url,
        token_url=own.token_url,
        keys_url=own.keys_url,
    )
    return attrs.evolve(settings, issuers=(own.issuer,)) if own.issuer else settings
