"""Aggregates and the events they record."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

import attrs

from homeroom.kernel.ids import EventId, InstitutionId, new_id
from homeroom.kernel.names import Names


def _fresh_event_id() -> EventId:
    return EventId(new_id())


@attrs.frozen(kw_only=True)
class Event:
    """A fact, in the past tense: ids only, so that nobody need forget it later."""

    event_id: EventId = attrs.field(factory=_fresh_event_id)
    occurred_at: datetime
    institution_id: InstitutionId


E = TypeVar("E", bound=Event)

event_names: Names[Event] = Names("event")


def event(name: str) -> Callable[[type[E]], type[E]]:
    """Bind an event class to the *name* it carries on disk and on the wire."""

    def bind(cls: type[E]) -> type[E]:
        event_names.bind(name, cls)
        return cls

    return bind


@attrs.define(kw_only=True)
class Aggregate:
    """A consistency boundary that remembers what happened to it."""

    version: int = attrs.field(default=0, eq=False)
    _pending: list[Event] = attrs.field(factory=list, init=False, eq=False, repr=False)

    def record(self, happened: Event) -> None:
        self._pending.append(happened)

    def release_events(self) -> tuple[Event, ...]:
        """Hand over pending events, once. Repositories call this while saving."""
        released, self._pending = tuple(self._pending), []
        return released


class Outbox(Protocol):
    """Where a unit of work lays what happened, to be told after it commits.

    Conformance: `homeroom_testing.conformance.outbox.OutboxConformance`.
    """

    async def put(self, *events: Event) -> None:
        """Keep *events* in order. They are told if and only if the unit commits."""
        ...
