"""Ways to sign in beside the house's own passwords, as the settings say: a Moodle, and plugins."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from homeroom.kernel.codec import Ambient
from homeroom.kernel.outbound import Outbound
from homeroom.people.ports.lms import LmsDoor, LmsSettings
from homeroom.people.ports.strategies import LoginMeans, LoginSettings, LoginStrategy
from homeroom.people.use_cases.moodle import Household, MoodlePassword
from homeroom.people.use_cases.welcoming import Welcome
from homeroom_entrypoints.composition.facade import Plant
from homeroom_entrypoints.composition.plugins import find_adapter
from homeroom_entrypoints.composition.settings import Settings


async def open_logins(
    stack: AsyncExitStack, settings: Settings, plant: Plant
) -> Sequence[LoginStrategy]:
    """Every way that the settings name. A name that nobody brings is refused at start."""
    ways = [
        await stack.enter_async_context(_open_plugin(name, settings, plant))
        for name in _chosen(settings)
    ]
    if settings.moodle.url:
        ways.append(await stack.enter_async_context(_open_moodle(settings, plant)))
    return ways


def lms_settings(settings: Settings) -> LmsSettings:
    """What the door of the Moodle is opened with. Raises `Invalid`."""
    own = settings.moodle
    return LmsSettings(
        url=own.url,
        service=own.service,
        timeout=own.timeout_seconds,
        allow_http=own.allow_http,
        trust_email=own.trust_email,
    )


def open_lms(
    settings: Settings, ambient: Ambient, outbound: Outbound
) -> AbstractAsyncContextManager[LmsDoor]:
    """The door of the learning platform that the settings name."""
    return find_adapter("lms", settings.moodle.adapter)(lms_settings(settings), ambient, outbound)


def _chosen(settings: Settings) -> Iterator[str]:
    return (name for name, own in settings.logins.items() if own.enabled)


def _open_plugin(
    name: str, settings: Settings, plant: Plant
) -> AbstractAsyncContextManager[LoginStrategy]:
    own, storage = settings.logins[name], plant.storage
    given = LoginSettings(url=own.url.reveal(), secret=own.secret.reveal())
    means = LoginMeans(
        start=storage.start,
        persons=storage.persons,
        institutions=storage.people,
        hasher=plant.hasher,
        sealer=plant.sealer,
        outbound=plant.outbound,
    )
    return find_adapter("login", name)(given, plant.ambient, means)


@asynccontextmanager
async def _open_moodle(settings: Settings, plant: Plant) -> AsyncIterator[LoginStrategy]:
    storage = plant.storage
    async with open_lms(settings, plant.ambient, plant.outbound) as door:
        yield MoodlePassword(
            door=door,
            welcome=Welcome(storage.start, storage.persons, plant.ambient.clock),
            household=Household(storage.people, settings.moodle.institution),
            hasher=plant.hasher,
            sealer=plant.sealer,
        )
