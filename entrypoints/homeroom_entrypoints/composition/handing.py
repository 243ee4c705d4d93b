"""Entries of those who only looked, on their way to the record while a house is open."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from homeroom.compliance.model.weights import weight_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.handover import Handover, HandoverSettings, Write
from homeroom.kernel.looks import Looks
from homeroom_entrypoints.composition.settings import Settings

_ROLL_UP_EVERY = 15.0
_PATIENCE, _PATIENCE_WITH_ANOTHER_WAY = 2.0, 0.05
SPOOL = "spool"
"""Needs no other server, so what must stay goes this way whatever the settings say."""


def handovers(settings: Settings) -> Sequence[str]:
    """The adapters in use: the safe one, and the quick one if that is another.

    A storage in memory is forgotten with the process, and so are entries for it.
    """
    safe = "memory" if settings.storage.adapter == "memory" else SPOOL
    chosen = settings.audit.handover
    return [safe] if chosen in (safe, SPOOL) else [safe, chosen]


def handover_settings(settings: Settings, name: str) -> HandoverSettings:
    """How *name* is opened; where there is a safe way too, nobody waits long for another."""
    return HandoverSettings(
        patience=_PATIENCE if name in (SPOOL, "memory") else _PATIENCE_WITH_ANOTHER_WAY,
        url=settings.audit.url.reveal(),
        directory=settings.data_dir / "handover",
        environment=settings.environment,
        most=settings.audit.most_waiting,
    )


def looks_over(opened: Sequence[Handover], clock: Clock) -> Looks:
    """What use cases leave their entries with."""
    return Looks(opened[0], opened[-1], weight_of, clock)


@asynccontextmanager
async def handing_on(looks: Looks, write: Write) -> AsyncIterator[None]:
    """While this is open, what was taken comes into the record; so does the rest at its end."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(looks.safe.hand_on(write))
        if looks.quick is not looks.safe:
            await stack.enter_async_context(looks.quick.hand_on(write))
        await stack.enter_async_context(_rolling_up(looks))
        yield


@asynccontextmanager
async def _rolling_up(looks: Looks) -> AsyncIterator[None]:
    task = asyncio.create_task(_roll_up(looks))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        with suppress(Unavailable):  # counts of noisy kinds; each of them said so in the log
            await looks.roll_up(everything=True)


async def _roll_up(looks: Looks) -> None:
    while True:
        await asyncio.sleep(_ROLL_UP_EVERY)
        with suppress(Unavailable):  # they are counted on, until somebody keeps them
            await looks.roll_up()
