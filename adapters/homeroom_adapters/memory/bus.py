"""Published facts inside one process: told to whoever listens, before `publish` returns."""

import contextlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import attrs

from homeroom.kernel.bus import BusSettings, Envelope, EventBus, Subscription
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import EventId

_REMEMBERED = 10_000


@attrs.define
class MemoryBus:
    """Remembers who heard what, so that telling again disturbs only those who failed."""

    _listeners: dict[str, list[Subscription]] = attrs.field(
        factory=dict, init=False, alias="listeners"
    )
    _heard: OrderedDict[tuple[str, EventId], None] = attrs.field(
        factory=OrderedDict, init=False, alias="heard"
    )

    async def publish(self, events: Sequence[Envelope]) -> None:
        failed = set[str]()
        for event in events:
            for consumer in list(self._listeners):
                if not await self._told(consumer, event):
                    failed.add(consumer)
        if failed:
            raise Unavailable(f"not heard by {', '.join(sorted(failed))}; it will be told again")

    @asynccontextmanager
    async def subscribe(self, subscription: Subscription) -> AsyncIterator[None]:
        self._listeners.setdefault(subscription.consumer, []).append(subscription)
        try:
            yield
        finally:
            sharers = self._listeners[subscription.consumer]
            sharers.remove(subscription)
            if not sharers:
                del self._listeners[subscription.consumer]

    async def ping(self) -> None:
        """It lives in this process, and so it is there."""

    async def _told(self, consumer: str, event: Envelope) -> bool:
        """Whether one of the *consumer*'s subscriptions has heard the event, now or before."""
        sharers = self._listeners.get(consumer, [])
        willing = [one for one in sharers if event.name in one.names]
        if not willing or (consumer, event.id) in self._heard:
            return True
        chosen = willing[0]
        sharers.remove(chosen)
        sharers.append(chosen)  # the next event is another sharer's turn
        with contextlib.suppress(Exception):
            await chosen.hear(event)
            self._remember(consumer, event.id)
            return True
        return False

    def _remember(self, consumer: str, event_id: EventId) -> None:
        self._heard[consumer, event_id] = None
        while len(self._heard) > _REMEMBERED:
            self._heard.popitem(last=False)


@asynccontextmanager
async def open_bus(_settings: BusSettings, _ambient: Ambient) -> AsyncIterator[EventBus]:
    """The bus behind entry point `homeroom.bus`, name `memory`."""
    yield MemoryBus()
