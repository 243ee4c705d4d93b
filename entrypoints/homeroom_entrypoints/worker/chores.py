"""What keeps the house in order: due jobs, dead workers' jobs, facts to tell, old rows."""

from datetime import timedelta

import attrs

from homeroom.house import Storage
from homeroom.kernel.bus import EventBus
from homeroom.kernel.clock import Clock
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.news import ANYTHING, Bell, News
from homeroom_entrypoints.worker.settings import WorkerSettings

_BATCH = 200
_RELAY_POLL = 1.0
_SOON = 0.001


@attrs.frozen
class Sweeper:
    """Makes due jobs ready, to the moment, and takes back what dead workers held."""

    storage: Storage
    clock: Clock
    bell: Bell
    news: News
    meter: Meter
    poll: float

    async def step(self) -> None:
        due = await self.storage.queue.next_due()
        wait = self.poll if due is None else (due - self.clock.now()).total_seconds()
        if wait > 0 and await self.bell.wait(min(self.poll, wait + _SOON)):
            return  # news may mean an earlier instant: ask again
        found = await self.storage.queue.sweep()
        self.meter.swept(found)
        if found.promoted or found.rescued:
            self.news.spread(ANYTHING)


@attrs.frozen
class Relay:
    """Tells committed facts to the bus, oldest first, until none is left."""

    storage: Storage
    bus: EventBus
    bell: Bell
    meter: Meter

    async def step(self) -> None:
        told = await self.storage.outbox.deliver(self.bus.publish, limit=_BATCH)
        if told:
            self.meter.told(told)
        else:
            await self.bell.wait(_RELAY_POLL)


@attrs.frozen
class Housekeeper:
    """Forgets finished jobs and told events once nobody will ask for them."""

    storage: Storage
    clock: Clock
    bell: Bell
    settings: WorkerSettings

    async def step(self) -> None:
        before = self.clock.now() - self.settings.keep_finished
        await self.storage.queue.purge(finished_before=before)
        await self.storage.outbox.forget(told_before=self.clock.now() - timedelta(days=1))
        await self.bell.wait(self.settings.pauses.housekeeping)
