"""Adaptive sittings and what is known of questions, in memory."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import attrs

from homeroom.exams.errors import (
    SittingNotFound,
    SittingUnderWay,
    StaleSitting,
    TooManyAdaptive,
)
from homeroom.exams.model.adaptive.selection import Exposure
from homeroom.exams.model.adaptive.sittings import AdaptiveSitting
from homeroom.exams.model.answers import ALL
from homeroom.exams.ports.adaptive import A_DAY, KnownCurve, still_known
from homeroom.exams.ports.bank import Edition
from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.memory.adaptive_tables import CurveOf, ExposureOf, still_open
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryAdaptiveSittings:
    """The adaptive sittings, inside a unit. Whoever reads one takes the store's turn."""

    _transaction: Transaction

    async def get(self, sitting_id: SittingId, *, reach: InstitutionId | None) -> AdaptiveSitting:
        drafts = await self._transaction.writing()
        found = drafts.adaptive.get(sitting_id)
        if found is None or reach not in (None, found.institution_id):
            raise SittingNotFound
        return found

    async def add(self, sitting: AdaptiveSitting, *, most: int | None = None) -> None:
        drafts = await self._transaction.writing()
        if drafts.adaptive.get(sitting.id) is not None:
            raise StaleSitting
        _expect_around(drafts, sitting)
        place = still_open(sitting)
        other = None if place is None else drafts.adaptive.holder(place)
        if other is not None:
            raise SittingUnderWay(other)
        lately = drafts.adaptive.select(lambda one: _begun_lately(one, sitting))
        if most is not None and len(lately) >= most:
            raise TooManyAdaptive
        self._count(drafts, sitting, began=True)
        sitting.version += 1
        drafts.adaptive.put(sitting)

    async def save(self, sitting: AdaptiveSitting) -> None:
        drafts = await self._transaction.writing()
        known = drafts.adaptive.get(sitting.id)
        if known is None or known.version != sitting.version:
            raise StaleSitting
        self._count(drafts, sitting, before=len(known.steps))
        sitting.version += 1
        drafts.adaptive.put(sitting)

    def _count(
        self, drafts: Drafts, sitting: AdaptiveSitting, *, began: bool = False, before: int = 0
    ) -> None:
        """What was put since there were *before* steps."""
        sitting.release_steps()
        known = drafts.exposures.get(sitting.exam_id) or ExposureOf(sitting.exam_id, Exposure())
        put = Counter(known.exposure.shown)
        put.update(step.question_id for step in sitting.steps[before:])
        counted = Exposure(known.exposure.tests + began, dict(put))
        drafts.exposures.put(ExposureOf(sitting.exam_id, counted))

    async def of(self, person_id: PersonId) -> Sequence[AdaptiveSitting]:
        every = self._transaction.reading().adaptive
        theirs = every.select(lambda one: one.person_id == person_id)
        return sorted(theirs, key=lambda one: one.id, reverse=True)

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.adaptive.select(lambda one: one.person_id == person_id)
        for one in theirs:
            drafts.adaptive.remove(one.id)
        return len(theirs)


@attrs.frozen
class MemoryQuestionCurves:
    """What is known of questions, inside a unit."""

    _transaction: Transaction

    async def keep(self, exam_id: ExamId, curves: Collection[KnownCurve]) -> None:
        drafts = await self._transaction.writing()
        for known in curves:
            if drafts.editions.get(known.edition) is None:
                raise Conflict("the edition of this curve is not there; save the question first")
            drafts.curves.put(CurveOf(exam_id, known))


@attrs.frozen
class MemoryAdaptiveQueries:
    """Reads of adaptive tests, outside of any unit."""

    _store: Store

    async def adaptive(
        self, sitting_id: SittingId, *, reach: InstitutionId | None
    ) -> AdaptiveSitting:
        with self._store.lock:
            found = self._store.adaptive.rows.get(sitting_id)
        if found is None or reach not in (None, found.institution_id):
            raise SittingNotFound
        return attrs.evolve(found)

    async def curves(
        self, exam_id: ExamId, *, only: Collection[QuestionId] | None = None
    ) -> Mapping[Edition, KnownCurve]:
        with self._store.lock:
            every = [*self._store.curves.rows.values()]
            regrades = [*self._store.regrades.rows.values()]
        of_it = [one.known for one in every if one.exam_id == exam_id]
        wanted = [one for one in of_it if only is None or one.edition[0] in only]
        return still_known(wanted, regrades)

    async def exposure(self, exam_id: ExamId) -> Exposure:
        with self._store.lock:
            counted = self._store.exposures.rows.get(exam_id)
        return Exposure() if counted is None else counted.exposure

    async def judged(self, exam_id: ExamId, *, most: int) -> Sequence[Mapping[Edition, bool]]:
        with self._store.lock:
            every = [*self._store.sittings.rows.values()]
        of_it = (one for one in every if one.exam_id == exam_id and one.mode.is_timed)
        over = [one for one in of_it if one.score and not one.invalidation and one.summary.answered]
        newest = sorted(over, key=lambda one: one.id, reverse=True)[:most]
        return [
            {
                item.key: (reply := one.replies.get(item.question_id)) is not None
                and reply.credit == ALL
                for item in one.form.items
            }
            for one in newest
        ]


def _begun_lately(one: AdaptiveSitting, now: AdaptiveSitting) -> bool:
    """Whether *one* is the same person's of the same exam, of the day before *now* began."""
    is_theirs = (one.person_id, one.exam_id) == (now.person_id, now.exam_id)
    return is_theirs and one.began_at > now.began_at - A_DAY


def _expect_around(drafts: Drafts, sitting: AdaptiveSitting) -> None:
    """Raises `Conflict` where a database's foreign keys would."""
    if drafts.persons.get(sitting.person_id) is None:
        raise Conflict("the person of this sitting is not there; save the person first")
    if drafts.exams.get(sitting.exam_id) is None:
        raise Conflict("the exam of this sitting is not there; save the exam first")
