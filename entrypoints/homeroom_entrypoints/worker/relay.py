"""The relay: facts that committed are told to the bus, oldest first, until none is left."""

import attrs

from homeroom.house import Storage
from homeroom.kernel.bus import EventBus
from homeroom_entrypoints.worker.meter import Meter
from homeroom_entrypoints.worker.news import Bell

_BATCH = 200
_POLL = 1.0
"""Facts come without a hint of their own when no job came with them."""


@attrs.frozen
class Relay:
    """Tells what waits in the outbox. Events stay there until the bus has them safe."""

    storage: Storage
    bus: EventBus
    bell: Bell
    meter: Meter

    async def step(self) -> None:
        """Tell one batch; after the last one, wait for news."""
        told = await self.storage.outbox.deliver(self.bus.publish, limit=_BATCH)
        self.meter.told(told)
        if told < _BATCH:
            await self.bell.wait(_POLL)
