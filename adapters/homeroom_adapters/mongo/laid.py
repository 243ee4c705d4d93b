"""What a unit lays down for the storage beside us: events, entries, jobs, and what was heard.

While the unit has changed no document, all goes straight to its twin there. From its first change
on it is only remembered, to be handed over with the change: see `handover`.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime

import attrs

from homeroom.house import HouseUnit
from homeroom.kernel.aggregates import Event
from homeroom.kernel.audit import Entry
from homeroom.kernel.codec import Codec
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import MAX_PAYLOAD, JobRequest, PayloadTooLarge
from homeroom_adapters.mongo.desk import Desk

HEARD = "heard"
"""The collection of what was heard with a change, until the inbox beside us knows it."""

Message = tuple[str, str]
"""A consumer, and what it heard."""


class MixedUnit(RuntimeError):
    """A unit that changes exams' documents changes nothing else, unless it only takes some away.
    Use another unit for that."""


@attrs.define
class Laid:
    """The `outbox`, the `audit`, the `jobs` and the `inbox` of one unit, in one."""

    _twin: Callable[[], HouseUnit]
    _desk: Desk
    _codec: Codec
    events: list[Event] = attrs.field(factory=list, init=False)
    entries: list[Entry] = attrs.field(factory=list, init=False)
    promised: list[tuple[JobRequest, JobId]] = attrs.field(factory=list, init=False)
    """Requests, each with the id that it has unless somebody holds its key."""

    heard: list[Message] = attrs.field(factory=list, init=False)

    _gone: tuple[int, int, int] = attrs.field(default=(0, 0, 0), init=False, alias="gone")
    """How many events, entries and requests went straight to the twin: always the first ones."""

    @property
    def is_changed(self) -> bool:
        """Whether the unit has changed documents."""
        return bool(self._desk.touched)

    async def put(self, *events: Event) -> None:
        self.events += events
        if not self.is_changed:
            await self._twin().outbox.put(*events)
            self._go()

    async def note(self, *entries: Entry) -> None:
        self.entries += entries
        if not self.is_changed:
            await self._twin().audit.note(*entries)
            self._go()

    async def enqueue(self, *requests: JobRequest) -> tuple[JobId, ...]:
        if not self.is_changed:
            ids = await self._twin().jobs.enqueue(*requests)
            self.promised += zip(requests, ids, strict=True)
            self._go()
            return ids
        self._expect_small(requests)
        return tuple([await self._promise(request) for request in requests])

    async def first_time(self, consumer: str, message_id: str) -> bool:
        """Asks beside us, where it will stand; what a change brings there is seen before."""
        message = (consumer, message_id)
        if message in self.heard or not await self._twin().inbox.first_time(*message):
            return False
        if self.is_changed and await self._desk.find_one(HEARD, {"_id": key_of(message)}):
            return False
        self.heard.append(message)
        return True

    async def forget(self, consumer: str, *, before: datetime, limit: int) -> int:
        """Beside us alone: a unit that changes documents is refused, as a mixed one."""
        return await self._twin().inbox.forget(consumer, before=before, limit=limit)

    async def lay_rest(self) -> None:
        """Give the twin whatever it has not, because the unit commits there too."""
        events, entries, requests = self._gone
        twin = self._twin()
        if rest := self.events[events:]:
            await twin.outbox.put(*rest)
        if noted := self.entries[entries:]:
            await twin.audit.note(*noted)
        for request, own in self.promised[requests:]:
            if request.dedupe_key is None:  # who has a key has been asked for there already
                await twin.jobs.enqueue(attrs.evolve(request, id=own))

    def _go(self) -> None:
        self._gone = len(self.events), len(self.entries), len(self.promised)

    async def _promise(self, request: JobRequest) -> JobId:
        """Its own id; or its key's holder, by asking for it beside us, where that is undone."""
        own = request.id or JobId(new_id())
        self.promised.append((request, own))
        if request.dedupe_key is None:
            return own
        (holder,) = await self._twin().jobs.enqueue(attrs.evolve(request, id=own))
        return holder

    def _expect_small(self, requests: Sequence[JobRequest]) -> None:
        if any(len(self._codec.encode(one.work)) > MAX_PAYLOAD for one in requests):
            raise PayloadTooLarge


def key_of(message: Message) -> str:
    """The `_id` of a document of `heard`."""
    return json.dumps(message)
