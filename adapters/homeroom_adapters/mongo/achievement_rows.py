"""What learners earned as documents, and into which sums an award goes."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from uuid import UUID

import attrs

from homeroom.exams.model.achievers import Achiever, Goals
from homeroom.exams.model.boards import Period, Sums, accuracy_of
from homeroom.exams.model.experience import Award, Booking, Cause
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.mongo.rows import Document, Row, document_of, row_of

ACHIEVERS, AWARDS, SUMS = "exam_achievers", "exam_awards", "exam_sums"

EVERY = UUID(int=0)
"""Stands for all exams together."""

DAY = "day"
"""One day, of all exams: no board looks at single days."""

ADDED = ("points", "answered", "correct", "seconds")


@attrs.frozen(kw_only=True)
class AchieverRow(Row):
    """A document of `exam_achievers`: whoever books anything holds that of the person."""

    id: UUID
    institution_id: UUID
    points: int
    answered: int
    correct: int
    seconds: int
    in_a_row: int
    best_in_a_row: int
    best_streak: int
    tests: int
    daily_goal: int | None = None
    weekly_goal: int | None = None
    listed: bool
    alias: str


@attrs.frozen(kw_only=True)
class AwardRow(Row):
    """A document of `exam_awards`. Its id is what keeps a cause from paying twice."""

    id: str
    person_id: UUID
    cause: str
    key: str
    at: datetime
    day: date
    points: int
    answered: int
    correct: int
    seconds: int
    streak: int
    exam_id: UUID | None = None
    sitting_id: UUID | None = None
    question_id: UUID | None = None


@attrs.frozen(kw_only=True)
class SumRow(Row):
    """A document of `exam_sums`: of one exam, or of all; a day counts of all of them only."""

    id: str
    person_id: UUID
    exam_id: UUID
    period: str
    begins_on: date
    institution_id: UUID
    listed: bool
    points: int = 0
    answered: int = 0
    correct: int = 0
    seconds: int = 0
    streak: int = 0
    accuracy: int | None = None


def achiever_document(achiever: Achiever) -> Document:
    return document_of(
        AchieverRow(
            id=achiever.person_id,
            institution_id=achiever.institution_id,
            points=achiever.points,
            answered=achiever.answered,
            correct=achiever.correct,
            seconds=achiever.seconds,
            in_a_row=achiever.in_a_row,
            best_in_a_row=achiever.best_in_a_row,
            best_streak=achiever.best_streak,
            tests=achiever.tests,
            daily_goal=achiever.goals.daily,
            weekly_goal=achiever.goals.weekly,
            listed=achiever.listed,
            alias=achiever.alias,
        )
    )


def achiever_from(document: Document) -> Achiever:
    row = row_of(AchieverRow, document)
    return Achiever(
        person_id=PersonId(row.id),
        institution_id=InstitutionId(row.institution_id),
        points=row.points,
        answered=row.answered,
        correct=row.correct,
        seconds=row.seconds,
        in_a_row=row.in_a_row,
        best_in_a_row=row.best_in_a_row,
        best_streak=row.best_streak,
        tests=row.tests,
        goals=Goals(daily=row.daily_goal, weekly=row.weekly_goal),
        listed=row.listed,
        alias=row.alias,
    )


def award_id(award: Award) -> str:
    return f"{award.person_id} {award.cause.value} {award.key}"


def award_document(award: Award) -> Document:
    return document_of(
        AwardRow(
            id=award_id(award),
            person_id=award.person_id,
            cause=award.cause.value,
            key=award.key,
            at=award.at,
            day=award.day,
            points=award.points,
            answered=award.answered,
            correct=award.correct,
            seconds=award.seconds,
            streak=award.streak,
            exam_id=award.exam_id,
            sitting_id=award.sitting_id,
            question_id=award.question_id,
        )
    )


def award_from(document: Document) -> Award:
    row = row_of(AwardRow, document)
    return Award(
        person_id=PersonId(row.person_id),
        cause=Cause(row.cause),
        key=row.key,
        at=row.at,
        day=row.day,
        points=row.points,
        answered=row.answered,
        correct=row.correct,
        seconds=row.seconds,
        streak=row.streak,
        exam_id=None if row.exam_id is None else ExamId(row.exam_id),
        sitting_id=None if row.sitting_id is None else SittingId(row.sitting_id),
        question_id=None if row.question_id is None else QuestionId(row.question_id),
    )


def sums_from(row: SumRow) -> Sums:
    return Sums(
        points=row.points,
        answered=row.answered,
        correct=row.correct,
        seconds=row.seconds,
        streak=row.streak,
    )


def sum_row_from(document: Document) -> SumRow:
    return row_of(SumRow, document)


def sums_of(achiever: Achiever, booked: Iterable[Booking]) -> dict[str, SumRow]:
    """What *booked* adds to which sums, by their ids."""
    rows = dict[str, SumRow]()
    for one in booked:
        for exam_id, period, begins_on in _places(one.award):
            key = f"{achiever.person_id} {exam_id} {period} {begins_on}"
            nothing = SumRow(
                id=key,
                person_id=achiever.person_id,
                exam_id=exam_id,
                period=period,
                begins_on=begins_on,
                institution_id=achiever.institution_id,
                listed=achiever.listed,
            )
            came = {name: getattr(one, name) for name in ADDED}
            rows[key] = added(rows.get(key, nothing), **came, streak=one.award.streak)
    return rows


def added(row: SumRow, *, streak: int, **came: int) -> SumRow:
    """*row* with what *came* to it."""
    sums = {name: getattr(row, name) + came[name] for name in ADDED}
    accuracy = accuracy_of(sums["correct"], sums["answered"])
    return attrs.evolve(row, **sums, streak=max(row.streak, streak), accuracy=accuracy)


def _places(award: Award) -> Iterator[tuple[UUID, str, date]]:
    yield EVERY, DAY, award.day
    for exam_id in (EVERY, *([] if award.exam_id is None else [award.exam_id])):
        for period in Period:
            yield exam_id, period.value, period.begins(award.day)
