"""The outbox and the inbox: what a unit tells after its commit, and what it has heard."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

import attrs

from homeroom.kernel.aggregates import Event, event_names
from homeroom.kernel.bus import Envelope, Publish
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.kernel.queue import FACTS
from homeroom.kernel.tracing import current_trace
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryOutbox:
    """Lays events down inside a unit."""

    _transaction: Transaction
    _codec: Codec

    async def put(self, *events: Event) -> None:
        if events:
            envelopes = [self._sealed(happened) for happened in events]
            drafts = await self._transaction.writing()
            drafts.events.extend(envelopes)
            drafts.news.add(FACTS)

    def _sealed(self, happened: Event) -> Envelope:
        return Envelope(
            id=happened.event_id,
            name=event_names.name_of(type(happened)),
            payload=self._codec.encode(happened),
            occurred_at=happened.occurred_at,
            institution_id=happened.institution_id,
            trace_id=current_trace(),
        )


@attrs.frozen
class MemoryInbox:
    """Remembers what was heard in the same transaction as its effect."""

    _transaction: Transaction
    _clock: Clock

    async def first_time(self, consumer: str, message_id: str) -> bool:
        drafts, message = await self._transaction.writing(), (consumer, message_id)
        if message in drafts.heard or message in self._kept(drafts):
            return False
        drafts.heard[message] = self._clock.now()
        return True

    async def forget(self, consumer: str, *, before: datetime, limit: int) -> int:
        drafts = await self._transaction.writing()
        told = {**self._kept(drafts), **drafts.heard}
        old = (one for one, at in told.items() if one[0] == consumer and at < before)
        gone = frozenset(islice(old, limit))
        drafts.unheard.update(gone)
        for message in gone:
            drafts.heard.pop(message, None)
        return len(gone)

    def _kept(self, drafts: Drafts) -> dict[tuple[str, str], datetime]:
        kept = self._transaction.store.heard
        if not drafts.unheard:
            return kept
        return {one: at for one, at in kept.items() if one not in drafts.unheard}


@attrs.frozen
class MemoryOutboxReader:
    """Reserves the events it tells, so that readers beside it step over them."""

    _store: Store
    _clock: Clock

    async def deliver(self, publish: Publish, *, limit: int) -> int:
        with self._reserved(limit) as events:
            if events:
                await publish(list(events.values()))
                self._note_told(events)
        return len(events)

    async def forget(self, *, told_before: datetime, limit: int) -> int:
        log = self._store.events
        with self._store.lock:
            old = [place for place, instant in enumerate(log.told) if instant < told_before]
            gone = frozenset(old[:limit])
            log.told = [one for place, one in enumerate(log.told) if place not in gone]
        return len(gone)

    @contextmanager
    def _reserved(self, limit: int) -> Iterator[dict[int, Envelope]]:
        log = self._store.events
        with self._store.lock:
            free = (one for one in log.untold.items() if one[0] not in log.reserved)
            events = dict(islice(free, limit))
            log.reserved.update(events)
        try:
            yield events
        finally:
            with self._store.lock:
                log.reserved.difference_update(events)

    def _note_told(self, events: dict[int, Envelope]) -> None:
        log, now = self._store.events, self._clock.now()
        with self._store.lock:
            for position in events:
                del log.untold[position]
                log.told.append(now)
