"""Who in this house hears what it tells: one consumer for each process that spans contexts."""

from collections.abc import Sequence

from homeroom.house import HouseUnit
from homeroom.kernel.aggregates import Event
from homeroom.kernel.bus import Subscription
from homeroom.processes.enrolling import CONSUMER
from homeroom.published.people import EnrolmentsFound
from homeroom_entrypoints.composition.facade import Homeroom
from homeroom_entrypoints.worker.consumers import Consumer


def subscriptions_of(homeroom: Homeroom) -> Sequence[Subscription]:
    """All that *homeroom* hears of itself, for a worker to subscribe to."""
    hear = homeroom.roster.hear_of_enrolments

    async def enrol(unit: HouseUnit, found: Event) -> None:
        if isinstance(found, EnrolmentsFound):
            await hear(unit, found)

    codec = homeroom.plant.ambient.codec
    enrolling = Consumer(CONSUMER, [EnrolmentsFound], homeroom.start, codec, enrol)
    return [enrolling.subscription()]
