"""What the suites of progress share: attempts, and what comes of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction

import attrs

from homeroom.exams.model.progress import Attempt, Study
from homeroom.exams.model.recall import Phase, Recall
from homeroom.house import Storage
from homeroom.kernel.ids import QuestionId, SittingId, new_id
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.sittings_ground import Bank

DAY = timedelta(days=1)
ALL, HALF, NOTHING = Fraction(1), Fraction(1, 2), Fraction(0)


def an_attempt(
    bank: Bank,
    person: Person,
    number: int = 0,
    credit: Fraction = ALL,
    *,
    at: datetime = NOON,
    sitting_id: SittingId | None = None,
) -> Attempt:
    """An answer to the bank's question of that *number*, in a sitting of its own unless told."""
    question = bank.questions[number]
    return Attempt(
        sitting_id=sitting_id or SittingId(new_id()),
        question_id=question.id,
        person_id=person.id,
        exam_id=bank.exam.id,
        objective_id=question.objective_id,
        at=at,
        credit=credit,
        confidence=4,
        seconds=9,
    )


def a_recall(due: datetime, *, seen: datetime = NOON, reviews: int = 1) -> Recall:
    """With numbers that no rounding leaves alone."""
    return Recall(
        method="fsrs",
        due_at=due,
        reviewed_at=seen,
        reviews=reviews,
        streak=1,
        phase=Phase.RELEARNING,
        step=1,
        stability=2.3065 / 3,
        difficulty=2.118104 / 7,
        ease=2.6 / 9,
    )


async def count(storage: Storage, *attempts: Attempt) -> None:
    """Count *attempts* in a unit of their own."""
    async with storage.start() as unit:
        await unit.progress.count(attempts)
        await unit.commit()


async def held(storage: Storage, bank: Bank, person: Person) -> Study:
    """How far they are, as another unit finds it."""
    async with storage.start() as unit:
        return await unit.progress.hold(person.id, bank.exam.id)


async def plan(
    storage: Storage,
    bank: Bank,
    person: Person,
    recalls: Sequence[tuple[QuestionId, Recall]] = (),
    *,
    examined_at: datetime | None = None,
) -> None:
    """Plan for all that waits."""
    async with storage.start() as unit:
        study = await unit.progress.hold(person.id, bank.exam.id)
        known = {**study.recalls, **dict(recalls)}
        await unit.progress.save(
            attrs.evolve(study, recalls=known, examined_at=examined_at or study.examined_at)
        )
        await unit.commit()
