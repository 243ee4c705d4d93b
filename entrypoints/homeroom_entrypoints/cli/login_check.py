"""What the doctor asks of ways to sign in: whether they are there, and whether they answer."""

from contextlib import AsyncExitStack

from homeroom.house import Storage
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Refusal
from homeroom.people.use_cases.moodle import Household
from homeroom_entrypoints.composition.application import chosen_adapters
from homeroom_entrypoints.composition.logins import open_lms
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings

Finding = tuple[str, str, str]


async def look_at_logins(settings: Settings, ambient: Ambient) -> list[Finding]:
    """One line for each way that is set up; a house without any is as well as others."""
    moodle = [await _moodle(settings, ambient)] if settings.moodle.url else []
    return [*moodle, *(_plugin(name) for name, own in settings.logins.items() if own.enabled)]


async def _moodle(settings: Settings, ambient: Ambient) -> Finding:
    """Whether it answers as a Moodle does, and whether its people belong anywhere here."""
    what, state = "sign-in by moodle", "missing"
    choices = {choice.port: choice for choice in chosen_adapters(settings)}
    try:
        async with AsyncExitStack() as stack:
            outbound = await stack.enter_async_context(choices["outbound"].open(ambient))
            door = await stack.enter_async_context(open_lms(settings, ambient, outbound))
            state = "degraded"
            await door.ping()
            storage = await stack.enter_async_context(choices["storage"].open(ambient))
            await _expect_an_institution(settings, storage)
    except Refusal as refusal:
        return (what, state, refusal.message)
    return (what, "ok", f"{settings.moodle.adapter}; its people are let in")


async def _expect_an_institution(settings: Settings, storage: Storage) -> None:
    """Raises `LmsUnavailable`; a house that nobody opened yet has none, and that is well."""
    if (await storage.schema.status()).ready and await storage.people.institutions():
        await Household(storage.people, settings.moodle.institution).find()


def _plugin(name: str) -> Finding:
    what = f"sign-in by {name}"
    try:
        find_adapter("login", name)
    except Refusal as refusal:
        return (what, "missing", refusal.message)
    return (what, "ok", "installed")
