"""What happened beside sittings, in memory."""

from collections import Counter
from collections.abc import Iterable, Sequence
from heapq import nlargest

import attrs

from homeroom.exams.model.integrity import Counts, Flagged, IntegrityEvent
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.integrity import FlagFilter
from homeroom.kernel.ids import PersonId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryIntegrityEvents:
    """The events, inside a unit."""

    _transaction: Transaction

    async def add(self, events: Sequence[IntegrityEvent]) -> int:
        drafts = await self._transaction.writing()
        kept = 0
        for one in events:
            mark = (one.sitting_id, one.told.mark)
            if drafts.sitting_events.holder(mark) is None:
                drafts.sitting_events.put(one)
                kept += 1
        return kept

    async def counts(self, sitting_id: SittingId) -> Counts:
        every = self._transaction.reading().sitting_events
        return _counts(every.select(lambda one: one.sitting_id == sitting_id))

    async def of(self, person_id: PersonId) -> Sequence[IntegrityEvent]:
        drafts = self._transaction.reading()
        theirs = drafts.sittings.select(lambda one: one.person_id == person_id)
        ids = {one.id for one in theirs}
        found = drafts.sitting_events.select(lambda one: one.sitting_id in ids)
        return sorted(found, key=lambda one: one.id, reverse=True)


@attrs.frozen
class MemoryIntegrityQueries:
    """Reads of events, outside of any unit."""

    _store: Store

    async def events(
        self, sitting_id: SittingId, page: CursorRequest
    ) -> CursorPage[IntegrityEvent]:
        found = [one for one in self._every() if one.sitting_id == sitting_id]
        if page.after is not None:
            found = [one for one in found if one.id < page.after]
        newest = nlargest(page.limit + 1, found, key=lambda one: one.id)
        return CursorPage.cut(newest, page.limit, lambda one: one.id)

    async def counts(self, sitting_id: SittingId) -> Counts:
        return _counts(one for one in self._every() if one.sitting_id == sitting_id)

    async def flagged(self, wanted: FlagFilter, page: CursorRequest) -> CursorPage[Flagged]:
        told: dict[SittingId, list[IntegrityEvent]] = {}
        for one in self._every():
            told.setdefault(one.sitting_id, []).append(one)
        found = [
            flagged
            for sitting in self._sittings()
            if _fits(sitting, wanted, page)
            and (flagged := _flagged(sitting, told.get(sitting.id, []), wanted))
        ]
        newest = nlargest(page.limit + 1, found, key=lambda one: one.sitting_id)
        return CursorPage.cut(newest, page.limit, lambda one: one.sitting_id)

    def _every(self) -> Sequence[IntegrityEvent]:
        with self._store.lock:
            return [*self._store.sitting_events.rows.values()]

    def _sittings(self) -> Sequence[Sitting]:
        with self._store.lock:
            return [*self._store.sittings.rows.values()]


def _counts(events: Iterable[IntegrityEvent]) -> Counts:
    return dict(Counter(one.told.kind for one in events))


def _fits(sitting: Sitting, wanted: FlagFilter, page: CursorRequest) -> bool:
    return (
        wanted.reach in (None, sitting.institution_id)
        and wanted.exam in (None, sitting.exam_id)
        and (page.after is None or sitting.id < page.after)
    )


def _flagged(
    sitting: Sitting, told: Sequence[IntegrityEvent], wanted: FlagFilter
) -> Flagged | None:
    standing = wanted.policy.standing(_counts(told))
    if not (told and standing.is_flagged):
        return None
    return Flagged(
        sitting_id=sitting.id,
        exam_id=sitting.exam_id,
        person_id=sitting.person_id,
        points=standing.points,
        events=len(told),
    )
