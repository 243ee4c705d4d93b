"""Consumers: who hears which facts, once each as far as any effect shows."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import attrs

from homeroom.house import HouseUnit
from homeroom.kernel.aggregates import Event, event_names
from homeroom.kernel.bus import Envelope, EventBus, Subscription
from homeroom.kernel.codec import Codec, Undecodable
from homeroom.kernel.tracing import is_trace_text, tracing
from homeroom_entrypoints.worker.patience import log

Effect = Callable[[HouseUnit, Event], Awaitable[None]]
"""What a consumer does about an event, inside the unit that remembers having heard it."""


@attrs.frozen
class Consumer:
    """Hears events of *kinds*, and lets each have its *effect* once.

    The inbox and the effect commit together, so an event that comes again finds its name in
    the inbox and changes nothing. The effect must not commit; that is done here.
    """

    name: str
    kinds: Sequence[type[Event]]
    start: Callable[[], HouseUnit]
    codec: Codec
    effect: Effect

    def subscription(self) -> Subscription:
        names = frozenset(event_names.name_of(kind) for kind in self.kinds)
        return Subscription(consumer=self.name, names=names, hear=self.hear)

    async def hear(self, envelope: Envelope) -> None:
        """An event nobody can read is logged and passed over: hearing it again would not help."""
        try:
            happened = self._read(envelope)
        except Undecodable:
            log.error("event.undecodable", consumer=self.name, event_id=str(envelope.id))
            return
        with tracing(envelope.trace_id if is_trace_text(envelope.trace_id) else ""):
            async with self.start() as unit:
                if await unit.inbox.first_time(self.name, str(envelope.id)):
                    await self.effect(unit, happened)
                    await unit.commit()

    def _read(self, envelope: Envelope) -> Event:
        kind = event_names.class_of(envelope.name)
        if kind is None:
            raise Undecodable(f"no event is named {envelope.name!r} here")
        return self.codec.decode(kind, envelope.payload)


@asynccontextmanager
async def subscribed(bus: EventBus, subscriptions: Iterable[Subscription]) -> AsyncIterator[None]:
    """Every one of *subscriptions* heard, while this is open."""
    async with AsyncExitStack() as stack:
        for subscription in subscriptions:
            await stack.enter_async_context(bus.subscribe(subscription))
        yield
