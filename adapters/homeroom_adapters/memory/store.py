"""What is committed, and who may change it: one writer at a time, readers at any time."""

import threading
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime

import attrs

from homeroom.kernel.bus import Envelope
from homeroom.kernel.ids import ApiKeyId, InstitutionId
from homeroom.people.model import ApiKey, Institution
from homeroom_adapters.memory.job_table import JobTable, job_table
from homeroom_adapters.memory.tables import Table
from homeroom_adapters.memory.turn import Turn
from homeroom_adapters.memory.wakeups import Hints


@attrs.define(eq=False)
class Bucket:
    """What is left of a rate-limited queue's burst, shared by all workers."""

    tokens: float
    refilled_at: datetime


@attrs.define(eq=False)
class EventLog:
    """Committed events nobody has been told of, oldest first, and when others were told."""

    untold: OrderedDict[int, Envelope] = attrs.field(factory=OrderedDict, init=False)
    reserved: set[int] = attrs.field(factory=set, init=False)
    """Positions a reader is telling right now."""

    told: list[datetime] = attrs.field(factory=list, init=False)
    _next: int = attrs.field(default=0, init=False, alias="next")

    def append(self, events: Iterable[Envelope]) -> None:
        for event in events:
            self.untold[self._next] = event
            self._next += 1


def _institutions() -> Table[InstitutionId, Institution]:
    return Table(key=lambda one: one.id, unique=lambda one: one.name, copied=attrs.evolve)


def _api_keys() -> Table[ApiKeyId, ApiKey]:
    return Table(key=lambda one: one.id, unique=lambda one: one.digest, copied=attrs.evolve)


@attrs.define(eq=False)
class Store:
    """The committed state. Who changes it takes the turn, and the lock while doing so.

    The lock is held for moments and never while anything is awaited, so that leases can be
    renewed from another thread at any time.
    """

    turn: Turn = attrs.field(factory=Turn)
    lock: threading.Lock = attrs.field(factory=threading.Lock, init=False)
    institutions: Table[InstitutionId, Institution] = attrs.field(factory=_institutions, init=False)
    api_keys: Table[ApiKeyId, ApiKey] = attrs.field(factory=_api_keys, init=False)
    jobs: JobTable = attrs.field(factory=job_table, init=False)
    buckets: dict[str, Bucket] = attrs.field(factory=dict, init=False)
    events: EventLog = attrs.field(factory=EventLog, init=False)
    heard: set[Hashable] = attrs.field(factory=set, init=False)
    hints: set[Hints] = attrs.field(factory=set, init=False)
    """One for each opening of this store."""

    def ring(self, queues: Iterable[str]) -> None:
        """Tell whoever waits, in whichever opening, that these queues have news."""
        news = frozenset(queues)
        with self.lock:
            bells = tuple(self.hints) if news else ()
        for hints in bells:
            hints.ring(news)

    @contextmanager
    def listening(self) -> Iterator[Hints]:
        """Hints for as long as this is open."""
        hints = Hints()
        with self.lock:
            self.hints.add(hints)
        try:
            yield hints
        finally:
            with self.lock:
                self.hints.discard(hints)


@attrs.define(eq=False)
class Stores:
    """Stores by name, each for as long as somebody has it open."""

    _lock: threading.Lock = attrs.field(factory=threading.Lock, init=False, alias="lock")
    _open: dict[str, tuple[Store, int]] = attrs.field(factory=dict, init=False, alias="open")

    @contextmanager
    def named(self, name: str) -> Iterator[Store]:
        """The store called *name*; an empty name is a new store, for one opening only."""
        if not name:
            yield Store()
            return
        store = self._enter(name)
        try:
            yield store
        finally:
            self._leave(name)

    def _enter(self, name: str) -> Store:
        with self._lock:
            store, openings = self._open.get(name) or (Store(), 0)
            self._open[name] = (store, openings + 1)
        return store

    def _leave(self, name: str) -> None:
        with self._lock:
            store, openings = self._open.pop(name)
            if openings > 1:
                self._open[name] = (store, openings - 1)
