"""What the suites of achievements share: awards, and what is booked of them."""

from collections.abc import Sequence
from datetime import date, datetime

import attrs

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.boards import Board, Measure, Period
from homeroom.exams.model.experience import Award, Booking, Cause
from homeroom.house import Storage
from homeroom.kernel.ids import ExamId, QuestionId, SittingId, new_id
from homeroom.people.model.persons import Person
from homeroom_testing.clock import NOON

MONDAY, TUESDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 8)
NEXT_MONDAY, APRIL = date(2026, 3, 9), date(2026, 4, 1)
EXAM = ExamId(new_id())
"""Whatever it is: what was earned for an exam outlives it."""


def an_answer(
    person: Person,
    *,
    day: date = MONDAY,
    at: datetime = NOON,
    exam_id: ExamId | None = EXAM,
    sitting_id: SittingId | None = None,
    question_id: QuestionId | None = None,
) -> Award:
    """A right answer, in a sitting of its own unless told."""
    sitting_id, question_id = sitting_id or SittingId(new_id()), question_id or QuestionId(new_id())
    return Award(
        person_id=person.id,
        cause=Cause.ANSWER,
        key=f"{sitting_id}:{question_id}",
        at=at,
        day=day,
        points=10,
        answered=1,
        correct=1,
        seconds=9,
        exam_id=exam_id,
        sitting_id=sitting_id,
        question_id=question_id,
    )


def a_day(person: Person, streak: int, *, day: date = MONDAY) -> Award:
    return Award(
        person_id=person.id, cause=Cause.DAY, key=f"{EXAM}:{day}", at=NOON, day=day, streak=streak
    )


def worth(award: Award, points: int, *, answered: int = 1, correct: int = 1) -> Award:
    return attrs.evolve(award, points=points, answered=answered, correct=correct)


async def held(storage: Storage, person: Person) -> Achiever:
    """What they came to, as another unit finds it."""
    async with storage.start() as unit:
        return await unit.achievers.hold(person.id, person.institution_id)


async def book(storage: Storage, person: Person, *awards: Award) -> Sequence[Booking]:
    """Book *awards* in a unit of their own."""
    async with storage.start() as unit:
        achiever = await unit.achievers.hold(person.id, person.institution_id)
        booked = await unit.awards.book(achiever, awards)
        await unit.commit()
    return booked


async def keep(storage: Storage, achiever: Achiever) -> None:
    async with storage.start() as unit:
        await unit.achievers.hold(achiever.person_id, achiever.institution_id)
        await unit.achievers.save(achiever)
        await unit.commit()


async def show(storage: Storage, person: Person, alias: str | None) -> None:
    """Have boards show them under *alias*, or not at all."""
    async with storage.start() as unit:
        achiever = await unit.achievers.hold(person.id, person.institution_id)
        if alias is None:
            achiever.hide()
        else:
            achiever.come_out(alias)
        await unit.achievers.show(achiever)
        await unit.commit()


def a_board(
    person: Person,
    measure: Measure = Measure.POINTS,
    period: Period = Period.WEEKLY,
    *,
    on: date = MONDAY,
    exam_id: ExamId | None = None,
) -> Board:
    return Board(
        institution_id=person.institution_id,
        period=period,
        begins_on=period.begins(on),
        measure=measure,
        exam_id=exam_id,
    )
