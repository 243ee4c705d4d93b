"""What learners earned, in memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import attrs

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.boards import DEEPEST, Board, Line, Period, Sums
from homeroom.exams.model.experience import Award, Booking
from homeroom.exams.ports.achievements import AwardFilter
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.memory.achievement_tables import SumOf
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction

_DAY = "day"


@attrs.frozen
class MemoryAchievers:
    """What everybody came to, inside a unit. Whoever holds it takes the store's turn."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def hold(self, person_id: PersonId, institution_id: InstitutionId) -> Achiever:
        drafts = await self._transaction.writing()
        known = drafts.earned.achievers.get(person_id)
        if known is None:
            known = Achiever(person_id=person_id, institution_id=institution_id)
            drafts.earned.achievers.put(known)
        return known

    async def save(self, achiever: Achiever) -> None:
        drafts = await self._transaction.writing()
        known = drafts.earned.achievers.get(achiever.person_id) or achiever
        drafts.earned.achievers.put(attrs.evolve(achiever, listed=known.listed, alias=known.alias))
        await self._outbox.put(*achiever.release_events())

    async def show(self, achiever: Achiever) -> None:
        drafts = await self._transaction.writing()
        known = drafts.earned.achievers.get(achiever.person_id) or achiever
        drafts.earned.achievers.put(
            attrs.evolve(known, listed=achiever.listed, alias=achiever.alias)
        )
        await self._outbox.put(*achiever.release_events())

    async def of(self, person_id: PersonId) -> Achiever | None:
        return self._transaction.reading().earned.achievers.get(person_id)

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        known = drafts.earned.achievers.get(person_id) is not None
        if known:
            drafts.earned.achievers.remove(person_id)
        return int(known)


@attrs.frozen
class MemoryAwards:
    """What was booked, inside a unit."""

    _transaction: Transaction

    async def book(self, achiever: Achiever, awards: Sequence[Award]) -> Sequence[Booking]:
        drafts = await self._transaction.writing()
        booked = list[Booking]()
        for one in {award.name: award for award in awards}.values():
            before = drafts.earned.awards.get((one.person_id, *one.name))
            award = one if before is None else one.as_first_booked(before)
            if award != before:
                drafts.earned.awards.put(award)
                booked.append(Booking(award=award, before=before))
                _add_up(drafts, achiever, booked[-1])
        return booked

    async def tried(
        self, person_id: PersonId, questions: Collection[QuestionId], *, apart_from: SittingId
    ) -> Sequence[Award]:
        wanted = frozenset(questions)
        found = self._transaction.reading().earned.awards.select(
            lambda one: one.person_id == person_id and one.question_id in wanted
        )
        others = [one for one in found if one.sitting_id != apart_from]
        return sorted(others, key=lambda one: (one.at, one.key))

    async def days(self, person_id: PersonId, *, since: date) -> Mapping[date, int]:
        found = self._transaction.reading().earned.sums.select(
            lambda one: (one.person_id, one.period) == (person_id, _DAY) and one.begins_on >= since
        )
        counted = {one.begins_on: one.sums.answered for one in found if one.sums.answered > 0}
        return dict(sorted(counted.items()))

    async def of(self, person_id: PersonId) -> Sequence[Award]:
        theirs = self._transaction.reading().earned.awards.select(
            lambda one: one.person_id == person_id
        )
        return sorted(theirs, key=lambda one: (one.at, one.cause.value, one.key))

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        for one in drafts.earned.sums.select(lambda one: one.person_id == person_id):
            drafts.earned.sums.remove(one.key)
        theirs = drafts.earned.awards.select(lambda one: one.person_id == person_id)
        for award in theirs:
            drafts.earned.awards.remove((person_id, *award.name))
        return len(theirs)


@attrs.frozen
class MemoryAchievementQueries:
    """Reads of what learners earned, outside of any unit."""

    _store: Store

    async def achiever(self, person_id: PersonId) -> Achiever | None:
        with self._store.lock:
            known = self._store.earned.achievers.rows.get(person_id)
        return None if known is None else attrs.evolve(known)

    async def awards(self, wanted: AwardFilter, *, limit: int) -> Sequence[Award]:
        with self._store.lock:
            every = [*self._store.earned.awards.rows.values()]
        found = [one for one in every if _is_wanted(one, wanted)]
        in_order = sorted(found, key=lambda one: (one.cause.value, one.key))
        return sorted(in_order, key=lambda one: one.at, reverse=True)[:limit]

    async def exams(self, person_id: PersonId) -> Mapping[ExamId, Sums]:
        ever = Period.ALL_TIME.value
        found = {
            one.exam_id: one.sums
            for one in self._sums()
            if (one.person_id, one.period) == (person_id, ever) and one.exam_id is not None
        }
        return dict(sorted(found.items()))

    async def board(self, board: Board, *, limit: int) -> Sequence[Line]:
        lines = sorted(self._lines(board), key=lambda one: (one.value, one.person_id))
        return lines[::-1][:limit]

    async def own(self, board: Board, person_id: PersonId) -> tuple[Sums, int | None]:
        mine = [one.sums for one in self._sums() if _is_on(one, board, person_id)]
        sums = mine[0] if mine else Sums()
        value = sums.value(board.measure) or 0
        better = sum(one.value > value for one in self._lines(board))
        return sums, better if better < DEEPEST else None

    def _lines(self, board: Board) -> Iterator[Line]:
        with self._store.lock:
            shown = {one.person_id: one for one in self._store.earned.achievers.rows.values()}
        for one in self._sums():
            achiever, value = shown.get(one.person_id), one.sums.value(board.measure)
            if value and achiever and achiever.listed and _is_on(one, board, one.person_id):
                yield Line(person_id=one.person_id, alias=achiever.alias, value=value)

    def _sums(self) -> Sequence[SumOf]:
        with self._store.lock:
            return [*self._store.earned.sums.rows.values()]


def _is_wanted(award: Award, wanted: AwardFilter) -> bool:
    return (
        award.person_id == wanted.person_id
        and wanted.cause in (None, award.cause)
        and wanted.sitting_id in (None, award.sitting_id)
    )


def _is_on(one: SumOf, board: Board, person_id: PersonId) -> bool:
    place = board.institution_id, board.exam_id, board.period.value, board.begins_on, person_id
    return place == (one.institution_id, one.exam_id, one.period, one.begins_on, one.person_id)


def _add_up(drafts: Drafts, achiever: Achiever, booked: Booking) -> None:
    for exam_id, period, begins_on in _sums_of(booked.award):
        key = achiever.person_id, exam_id, period, begins_on
        known = drafts.earned.sums.get(key) or SumOf(
            person_id=achiever.person_id,
            institution_id=achiever.institution_id,
            exam_id=exam_id,
            period=period,
            begins_on=begins_on,
        )
        sums = Sums(
            points=known.sums.points + booked.points,
            answered=known.sums.answered + booked.answered,
            correct=known.sums.correct + booked.correct,
            seconds=known.sums.seconds + booked.seconds,
            streak=max(known.sums.streak, booked.award.streak),
        )
        drafts.earned.sums.put(attrs.evolve(known, sums=sums))


def _sums_of(award: Award) -> Iterator[tuple[ExamId | None, str, date]]:
    yield None, _DAY, award.day
    for exam_id in (None, *([] if award.exam_id is None else [award.exam_id])):
        for period in Period:
            yield exam_id, period.value, period.begins(award.day)
