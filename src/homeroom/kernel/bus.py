"""Published facts on their way out: the relay reads, the bus carries, consumers hear."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, runtime_checkable

import attrs

from homeroom.kernel.ids import EventId, InstitutionId


@attrs.frozen(kw_only=True)
class Envelope:
    """One published fact, as it travels."""

    id: EventId
    name: str
    payload: str
    occurred_at: datetime
    institution_id: InstitutionId
    trace_id: str = ""


Publish = Callable[[Sequence[Envelope]], Awaitable[None]]
Hear = Callable[[Envelope], Awaitable[None]]


@runtime_checkable
class OutboxReader(Protocol):
    """The committed events nobody has been told of yet.

    Conformance: `homeroom_testing.conformance.outbox.OutboxConformance`.
    """

    async def deliver(self, publish: Publish, *, limit: int) -> int:
        """Hand up to *limit* untold events to *publish*, oldest first; how many were told.

        They count as told once *publish* returns; if it raises, they stay. Readers at work
        at the same time are given different events. An event whose transaction commits late
        is never skipped. At least once: a crash in between tells them again.
        """
        ...

    async def forget(self, *, told_before: datetime, limit: int) -> int:
        """Drop at most *limit* events told before then; how many."""
        ...


@attrs.frozen(kw_only=True)
class Subscription:
    """*consumer* wants to hear the events in *names*; the same consumer shares them out."""

    consumer: str
    names: frozenset[str]
    hear: Hear


@attrs.frozen(kw_only=True)
class BusSettings:
    """What a bus is opened with; each adapter reads what concerns it."""

    url: str = attrs.field(default="", repr=False)
    """Where the service is; empty for its usual place on this machine."""

    environment: str = "development"
    """Events of one environment are kept apart from all others."""


@runtime_checkable
class EventBus(Protocol):
    """Carries published facts to whoever subscribed, at least once.

    Conformance: `homeroom_testing.conformance.bus.EventBusConformance`.
    """

    async def publish(self, events: Sequence[Envelope]) -> None:
        """Return once every event is safe with the bus. Raises `Unavailable`."""
        ...

    def subscribe(self, subscription: Subscription) -> AbstractAsyncContextManager[None]:
        """Hear events while the context is open.

        Subscriptions with one consumer name, here or in another process, share the events:
        each is heard by one of them. A consumer known once hears later what was published
        while it was away, if the adapter declares `durable`. When `hear` raises, the event
        is heard again later; other consumers are not disturbed.
        """
        ...

    async def ping(self) -> None:
        """Raises `Unavailable` with a sentence that says what to do."""
        ...
