"""Who comes in first, as the settings say: the super admin, and whoever develops here."""

import structlog

from homeroom.kernel.rights import Role
from homeroom.people.model.persons import Identity
from homeroom.people.use_cases.super_admins import SignInAsDeveloper
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.composition.production import PRODUCTION, is_loopback
from homeroom_entrypoints.composition.settings import Settings

log = structlog.get_logger("homeroom.people")

OPEN_TO_DEVELOPERS = (
    "whoever is at this machine signs in without a password; take HOMEROOM_DEVELOPMENT__SIGN_IN "
    "away when you are done"
)


async def appoint_super_admin(homeroom: Homeroom, settings: Settings) -> None:
    """Appoint the first super admin, if the settings name one and the house has none."""
    named = settings.super_admin
    if named.password:
        appoint = homeroom.people.appoint_super_admin
        if await appoint(named.identity, named.password.reveal()) is not None:
            log.info("super_admin_appointed")


def lets_developers_in(settings: Settings) -> bool:
    """Never in production, nor where others reach us, even if nobody read the settings for it."""
    safe = settings.environment != PRODUCTION and is_loopback(settings.web.host)
    return safe and settings.development.sign_in


def sign_in_as_developer(homeroom: Homeroom, settings: Settings) -> SignInAsDeveloper | None:
    """The way in without a password, or None where there is none."""
    if not lets_developers_in(settings):
        return None
    log.warning("development_sign_in_is_on", advice=OPEN_TO_DEVELOPERS)
    own = settings.development
    return SignInAsDeveloper(
        homeroom.plant.storage.start,
        homeroom.people.sign_in.desk,
        Identity.given(own.username, "Development", "Identity"),
        frozenset({Role(own.role)}),
    )
