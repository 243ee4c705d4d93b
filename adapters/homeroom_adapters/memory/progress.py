"""What somebody answered, and is to see again, in memory."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import ALL
from homeroom.exams.model.progress import Attempt, Due, ObjectiveCount, Standing, Study
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId
from homeroom_adapters.memory.progress_tables import Begun, CountedAttempt, KeptRecall
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryProgress:
    """Progress, inside a unit. Whoever counts or holds takes the store's turn."""

    _transaction: Transaction

    async def count(self, attempts: Sequence[Attempt]) -> None:
        drafts = await self._transaction.writing()
        for one in attempts:
            told = CountedAttempt(attempt=one)
            known = drafts.attempts.get(told.key)
            if known is not None:
                judged = attrs.evolve(known.attempt, credit=one.credit)
                told = attrs.evolve(known, attempt=judged)
            drafts.attempts.put(told)

    async def hold(self, person_id: PersonId, exam_id: ExamId) -> Study:
        drafts = await self._transaction.writing()
        begun = drafts.studies.get((person_id, exam_id))
        if begun is None:
            begun = Begun(person_id=person_id, exam_id=exam_id)
            drafts.studies.put(begun)
        waiting = [
            one.attempt
            for one in _attempts(drafts, person_id)
            if one.attempt.exam_id == exam_id and not one.planned
        ]
        asked = {one.question_id for one in waiting}
        known = drafts.recalls.select(
            lambda one: one.person_id == person_id and one.question_id in asked
        )
        return _study(begun, waiting, known)

    async def save(self, study: Study) -> None:
        drafts = await self._transaction.writing()
        begun = Begun(
            person_id=study.person_id, exam_id=study.exam_id, examined_at=study.examined_at
        )
        drafts.studies.put(begun)
        asked_for = {one.question_id: one.objective_id for one in study.waiting}
        for question_id, recall in study.recalls.items():
            kept = KeptRecall(
                person_id=study.person_id,
                exam_id=study.exam_id,
                question_id=question_id,
                objective_id=asked_for[question_id],
                recall=recall,
            )
            drafts.recalls.put(kept)
        for one in study.waiting:
            known = drafts.attempts.get((one.sitting_id, one.question_id))
            if known is not None:
                drafts.attempts.put(attrs.evolve(known, planned=True))
        if study.deadline is not None:
            _bring_forward(drafts, begun, study.deadline)

    async def of(self, person_id: PersonId) -> Sequence[Study]:
        drafts = self._transaction.reading()
        every = drafts.studies.select(lambda one: one.person_id == person_id)
        begun = {one.exam_id: one for one in every}
        known = drafts.recalls.select(lambda one: one.person_id == person_id)
        counted = [one.attempt for one in _attempts(drafts, person_id)]
        exams = begun.keys() | {one.exam_id for one in counted}
        return [
            _study(
                begun.get(exam_id, Begun(person_id=person_id, exam_id=exam_id)),
                [one for one in counted if one.exam_id == exam_id],
                [one for one in known if one.exam_id == exam_id],
            )
            for exam_id in sorted(exams)
        ]

    async def remove(self, person_id: PersonId) -> int:
        drafts = await self._transaction.writing()
        every = await self.of(person_id)
        for study in every:
            drafts.studies.remove((person_id, study.exam_id))
            for question_id in study.recalls:
                drafts.recalls.remove((person_id, question_id))
            for one in study.waiting:
                drafts.attempts.remove((one.sitting_id, one.question_id))
        return len(every)


@attrs.frozen
class MemoryProgressQueries:
    """Reads of progress, outside of any unit."""

    _store: Store

    async def standing(self, person_id: PersonId, exam_id: ExamId) -> Standing:
        theirs = [one for one in self._attempts(person_id) if one.exam_id == exam_id]
        with self._store.lock:
            begun = self._store.studies.rows.get((person_id, exam_id))
        known = self._recalls(person_id, exam_id)
        objectives = {one.objective_id for one in theirs}
        return Standing(
            examined_at=None if begun is None else begun.examined_at,
            first_at=min((one.at for one in theirs), default=None),
            seen=frozenset(one.question_id for one in theirs),
            objectives={
                objective_id: _count(
                    [one for one in theirs if one.objective_id == objective_id],
                    [one for one in known if one.objective_id == objective_id],
                )
                for objective_id in objectives
            },
        )

    async def latest(
        self, person_id: PersonId, exam_id: ExamId, *, since: datetime, most: int
    ) -> Mapping[ObjectiveId, Sequence[Fraction]]:
        found: dict[ObjectiveId, list[Fraction]] = {}
        for one in reversed(self._attempts(person_id)):
            if one.exam_id == exam_id and one.at >= since:
                worth = found.setdefault(one.objective_id, [])
                worth += [one.credit][: most - len(worth)]
        return found

    async def due(
        self, person_id: PersonId, exam_id: ExamId, *, at: datetime, limit: int
    ) -> Sequence[Due]:
        waiting = sorted(
            (one.recall.due_at, one.question_id, one)
            for one in self._recalls(person_id, exam_id)
            if one.recall.due_at <= at
        )
        return [_due(one) for _, _, one in waiting[:limit]]

    async def times(
        self, person_id: PersonId, *, since: datetime, before: datetime
    ) -> Sequence[datetime]:
        return [one.at for one in self._attempts(person_id) if since <= one.at < before]

    def _attempts(self, person_id: PersonId) -> Sequence[Attempt]:
        with self._store.lock:
            every = [one.attempt for one in self._store.attempts.rows.values()]
        return _in_order([one for one in every if one.person_id == person_id])

    def _recalls(self, person_id: PersonId, exam_id: ExamId) -> Sequence[KeptRecall]:
        with self._store.lock:
            every = [*self._store.recalls.rows.values()]
        return [one for one in every if (one.person_id, one.exam_id) == (person_id, exam_id)]


def _attempts(drafts: Drafts, person_id: PersonId) -> Sequence[CountedAttempt]:
    """Theirs, the oldest first."""
    theirs = drafts.attempts.select(lambda one: one.attempt.person_id == person_id)
    return sorted(theirs, key=lambda one: (one.attempt.at, one.attempt.question_id))


def _in_order(attempts: Sequence[Attempt]) -> Sequence[Attempt]:
    return sorted(attempts, key=lambda one: (one.at, one.question_id))


def _study(begun: Begun, waiting: Sequence[Attempt], known: Sequence[KeptRecall]) -> Study:
    return Study(
        person_id=begun.person_id,
        exam_id=begun.exam_id,
        examined_at=begun.examined_at,
        waiting=tuple(waiting),
        recalls={one.question_id: one.recall for one in known},
    )


def _bring_forward(drafts: Drafts, begun: Begun, deadline: datetime) -> None:
    late = drafts.recalls.select(
        lambda one: (
            (one.person_id, one.exam_id) == (begun.person_id, begun.exam_id)
            and one.recall.reviewed_at < deadline < one.recall.due_at
        )
    )
    for one in late:
        drafts.recalls.put(attrs.evolve(one, recall=attrs.evolve(one.recall, due_at=deadline)))


def _count(attempts: Sequence[Attempt], known: Sequence[KeptRecall]) -> ObjectiveCount:
    return ObjectiveCount(
        answered=len(attempts),
        correct=sum(one.credit == ALL for one in attempts),
        seconds=sum(one.seconds for one in attempts),
        last_at=max(one.at for one in attempts),
        due_at=min((one.recall.due_at for one in known), default=None),
    )


def _due(one: KeptRecall) -> Due:
    return Due(
        question_id=one.question_id,
        objective_id=one.objective_id,
        due_at=one.recall.due_at,
        reviews=one.recall.reviews,
        streak=one.recall.streak,
    )
