"""Sittings and what was answered in them, in memory."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from heapq import nlargest

import attrs

from homeroom.exams.errors import AttemptsUsedUp, SittingNotFound, SittingUnderWay, StaleSitting
from homeroom.exams.model.answers import ALL
from homeroom.exams.model.sittings import Sitting, Summary
from homeroom.exams.ports.sittings import SittingFilter
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.kernel.queue import SITTINGS
from homeroom_adapters.memory.exams_tables import spends_attempt, under_way
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemorySittings:
    """The sittings, inside a unit. Whoever reads one takes the store's turn."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        drafts = await self._transaction.writing()
        found = drafts.sittings.get(sitting_id)
        if found is None or reach not in (None, found.institution_id):
            raise SittingNotFound
        return found

    async def add(self, sitting: Sitting, *, attempts: int | None = None) -> None:
        drafts = await self._transaction.writing()
        if drafts.sittings.get(sitting.id) is not None:
            raise StaleSitting
        _expect_around(drafts, sitting)
        seat = under_way(sitting)
        other = None if seat is None else drafts.sittings.holder(seat)
        if other is not None:
            raise SittingUnderWay(other)
        await self._put(drafts, sitting)
        before = drafts.sittings.select(
            lambda one: (
                one.mode.is_timed
                and spends_attempt(one)
                and (one.person_id, one.exam_id) == (sitting.person_id, sitting.exam_id)
            )
        )
        if attempts is not None and sitting.mode.is_timed and len(before) > attempts:
            raise AttemptsUsedUp

    async def save(self, sitting: Sitting) -> None:
        drafts = await self._transaction.writing()
        known = drafts.sittings.get(sitting.id)
        if known is None or known.version != sitting.version:
            raise StaleSitting
        await self._put(drafts, sitting)

    async def of(self, person_id: PersonId) -> Sequence[Sitting]:
        every = self._transaction.reading().sittings
        theirs = every.select(lambda one: one.person_id == person_id)
        return sorted(theirs, key=lambda one: one.id, reverse=True)

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.sittings.select(lambda one: one.person_id == person_id)
        for one in theirs:
            drafts.sittings.remove(one.id)
            drafts.news.add(SITTINGS)
        ids = {one.id for one in theirs}
        for event in drafts.sitting_events.select(lambda it: it.sitting_id in ids):
            drafts.sitting_events.remove(event.id)
        return len(theirs)

    async def _put(self, drafts: Drafts, sitting: Sitting) -> None:
        sitting.version += 1
        sitting.release_replies()
        drafts.sittings.put(sitting)
        drafts.news.add(SITTINGS)
        await self._outbox.put(*sitting.release_events())


@attrs.frozen
class MemorySittingQueries:
    """Reads of sittings, outside of any unit."""

    _store: Store

    async def sitting(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> Sitting:
        with self._store.lock:
            found = self._store.sittings.rows.get(sitting_id)
        if found is None or reach not in (None, found.institution_id):
            raise SittingNotFound
        return attrs.evolve(found)

    async def sittings(self, wanted: SittingFilter, page: CursorRequest) -> CursorPage[Summary]:
        fitting = [one for one in self._every() if _fits(one, wanted)]
        if page.after is not None:
            fitting = [one for one in fitting if one.id < page.after]
        newest = nlargest(page.limit + 1, fitting, key=lambda one: one.id)
        return CursorPage.cut([one.summary for one in newest], page.limit, lambda one: one.id)

    async def run_out(self, *, at: datetime, limit: int) -> Sequence[SittingId]:
        late = sorted((one.ends_at, one.id) for one in self._every() if one.ran_out(at=at))
        return [sitting_id for _, sitting_id in late[:limit]]

    async def versions(self, wanted: Collection[SittingId]) -> Mapping[SittingId, int]:
        with self._store.lock:
            rows = self._store.sittings.rows
            return {one: rows[one].version for one in wanted if one in rows}

    async def missed(self, person_id: PersonId, exam_id: ExamId) -> frozenset[QuestionId]:
        judged = sorted(
            (reply.at, one.id, question_id, reply.credit)
            for one in self._every()
            if (one.person_id, one.exam_id) == (person_id, exam_id)
            for question_id, reply in one.replies.items()
            if reply.credit is not None
        )
        last = {question_id: credit for _, _, question_id, credit in judged}
        return frozenset(one for one, credit in last.items() if credit != ALL)

    def _every(self) -> Sequence[Sitting]:
        with self._store.lock:
            return [*self._store.sittings.rows.values()]


def _expect_around(drafts: Drafts, sitting: Sitting) -> None:
    """Raises `Conflict` where a database's foreign keys would."""
    if drafts.persons.get(sitting.person_id) is None:
        raise Conflict("the person of this sitting is not there; save the person first")
    if drafts.exams.get(sitting.exam_id) is None:
        raise Conflict("the exam of this sitting is not there; save the exam first")


def _fits(sitting: Sitting, wanted: SittingFilter) -> bool:
    return (
        wanted.reach in (None, sitting.institution_id)
        and wanted.person in (None, sitting.person_id)
        and wanted.exam in (None, sitting.exam_id)
        and wanted.status in (None, sitting.status)
    )
