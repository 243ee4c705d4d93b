"""What questions turned out to be like, in memory."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby

import attrs

from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.statistics import ExamStatistics, QuestionStatistics, Seen
from homeroom.exams.ports.statistics import Due
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId, InstitutionId, QuestionId, SittingId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.published.exams import QuestionSuspected
from homeroom_adapters.memory.exams_tables import edition_of
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryStatistics:
    """The statistics, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def put(self, exam: ExamStatistics, questions: Sequence[QuestionStatistics]) -> None:
        drafts = await self._transaction.writing()
        if drafts.exams.get(exam.exam_id) is None:
            raise Conflict("the exam of these statistics is not there; save the exam first")
        for one in drafts.question_statistics.select(lambda it: it.exam_id == exam.exam_id):
            drafts.question_statistics.remove(edition_of(one))
        for one in questions:
            drafts.question_statistics.put(one)
        drafts.exam_statistics.put(exam)

    async def suspect(
        self, found: QuestionStatistics, *, institution_id: InstitutionId, at: datetime
    ) -> bool:
        drafts = await self._transaction.writing()
        suspected = QuestionSuspected(
            occurred_at=at,
            institution_id=institution_id,
            exam_id=found.exam_id,
            question_id=found.question_id,
            edition=found.edition,
        )
        if drafts.mis_keyed.get((found.question_id, found.edition)) is not None:
            return False
        drafts.mis_keyed.put(suspected)
        await self._outbox.put(suspected)
        return True


@attrs.frozen
class MemoryStatisticsQueries:
    """Reads of statistics, outside of any unit."""

    _store: Store

    async def due(self, *, after: ExamId | None, limit: int) -> Sequence[Due]:
        with self._store.lock:
            kept = dict(self._store.exam_statistics.rows)
        there = {one.exam_id: one for one in self._there()}
        gone = (_emptied(one) for one in kept.values() if one.exam_id not in there)
        every = sorted((*there.values(), *gone), key=lambda one: one.exam_id)
        fresh = {exam_id: one.seen for exam_id, one in kept.items()}
        due = [
            one
            for one in every
            if one.seen != fresh.get(one.exam_id) and (after is None or one.exam_id > after)
        ]
        return due[:limit]

    async def ended(
        self, exam_id: ExamId, *, after: SittingId | None, limit: int
    ) -> Sequence[Sitting]:
        every = sorted(
            (one for one in self._ended() if one.exam_id == exam_id), key=lambda one: one.id
        )
        rest = [attrs.evolve(one) for one in every if after is None or one.id > after]
        return rest[:limit]

    async def exam(self, exam_id: ExamId) -> ExamStatistics | None:
        with self._store.lock:
            return self._store.exam_statistics.rows.get(exam_id)

    async def questions(
        self, exam_id: ExamId, page: CursorRequest
    ) -> CursorPage[QuestionStatistics]:
        every = [one for one in self._questions() if one.exam_id == exam_id]
        ids = sorted({one.question_id for one in every}, reverse=True)
        wanted = [one for one in ids if page.after is None or one < page.after]
        shown = CursorPage.cut(wanted[: page.limit + 1], page.limit, lambda one: one)
        rows = [one for one in every if one.question_id in shown.items]
        rows.sort(key=lambda one: (-one.question_id.int, one.edition))
        return CursorPage(rows, shown.next)

    async def question(self, question_id: QuestionId) -> Sequence[QuestionStatistics]:
        found = [one for one in self._questions() if one.question_id == question_id]
        return sorted(found, key=lambda one: one.edition)

    def _there(self) -> Iterator[Due]:
        every = sorted(self._ended(), key=lambda one: one.exam_id)
        for exam_id, sittings in groupby(every, lambda one: one.exam_id):
            some = list(sittings)
            yield Due(
                exam_id=exam_id,
                institution_id=some[0].institution_id,
                seen=Seen(
                    sittings=len(some),
                    versions=sum(one.version for one in some),
                    last=max(one.ended_at for one in some if one.ended_at is not None),
                ),
            )

    def _ended(self) -> Sequence[Sitting]:
        with self._store.lock:
            every = [*self._store.sittings.rows.values()]
        return [one for one in every if one.mode.is_timed and not one.is_active]

    def _questions(self) -> Sequence[QuestionStatistics]:
        with self._store.lock:
            return [*self._store.question_statistics.rows.values()]


def _emptied(kept: ExamStatistics) -> Due:
    """All of the sittings that there were are gone."""
    return Due(
        exam_id=kept.exam_id,
        institution_id=kept.institution_id,
        seen=Seen(sittings=0, versions=0, last=None),
    )
