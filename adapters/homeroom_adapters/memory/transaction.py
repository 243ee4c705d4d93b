"""One unit's changes: seen by it alone until they are committed, all in one moment."""

import threading
from collections.abc import Hashable
from typing import Self

import attrs

from homeroom.kernel.bus import Envelope
from homeroom.kernel.ids import ApiKeyId, InstitutionId, JobId
from homeroom.kernel.jobs import Job
from homeroom.people.model import ApiKey, Institution
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.tables import Draft


class UnitNotOpen(RuntimeError):
    """A unit is used inside its `async with`, and no more after its commit."""


@attrs.frozen(eq=False)
class Drafts:
    """What a unit has changed so far, laid over what is committed."""

    institutions: Draft[InstitutionId, Institution]
    api_keys: Draft[ApiKeyId, ApiKey]
    jobs: Draft[JobId, Job]
    events: list[Envelope] = attrs.field(factory=list)
    heard: set[Hashable] = attrs.field(factory=set)
    news: set[str] = attrs.field(factory=set)
    """Queues to ring for after the commit."""

    @classmethod
    def over(cls, store: Store) -> Self:
        lock: threading.Lock = store.lock
        return cls(
            Draft(store.institutions, lock), Draft(store.api_keys, lock), Draft(store.jobs, lock)
        )

    def apply(self, store: Store) -> None:
        """Make everything true at once, while the store's lock is held."""
        self.institutions.apply()
        self.api_keys.apply()
        self.jobs.apply()
        store.heard |= self.heard
        store.events.append(self.events)


@attrs.define(eq=False)
class Transaction:
    """Reads what is committed and its own changes; its first write takes the store's turn.

    What it read before that may have changed since: whoever saves compares versions, as the
    ports demand.
    """

    store: Store
    _drafts: Drafts | None = attrs.field(default=None, init=False, alias="drafts")
    _writes: bool = attrs.field(default=False, init=False, alias="writes")

    def begin(self) -> None:
        self._drafts = Drafts.over(self.store)

    def reading(self) -> Drafts:
        """The drafts, to look into. Raises `UnitNotOpen`."""
        if self._drafts is None:
            raise UnitNotOpen
        return self._drafts

    async def writing(self) -> Drafts:
        """The drafts, to change. Raises `Unavailable` if another unit writes for too long."""
        drafts = self.reading()
        if not self._writes:
            await self.store.turn.take()
            self._writes = True
        return drafts

    def commit(self) -> None:
        drafts = self.reading()
        with self.store.lock:
            drafts.apply(self.store)
        self.end()
        self.store.ring(drafts.news)

    def end(self) -> None:
        """Forget what was not committed, and let the next one write."""
        self._drafts = None
        if self._writes:
            self._writes = False
            self.store.turn.give_up()
