"""What learners earned as rows, and into which sums an award goes."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from uuid import UUID

from homeroom.exams.model.achievers import Achiever, Goals
from homeroom.exams.model.boards import Period, Sums, accuracy_of
from homeroom.exams.model.experience import Award, Booking, Cause
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, QuestionId, SittingId
from homeroom_adapters.sql.rows import Row

Cells = dict[str, object]

EVERY = UUID(int=0)
"""Stands for all exams together."""

DAY = "day"
"""One day, of all exams: no board looks at single days."""

_ADDED = ("points", "answered", "correct", "seconds")


def achiever_cells(achiever: Achiever) -> Cells:
    """All that is kept but for whether boards show them."""
    return {
        "points": achiever.points,
        "answered": achiever.answered,
        "correct": achiever.correct,
        "seconds": achiever.seconds,
        "in_a_row": achiever.in_a_row,
        "best_in_a_row": achiever.best_in_a_row,
        "best_streak": achiever.best_streak,
        "tests": achiever.tests,
        "daily_goal": achiever.goals.daily,
        "weekly_goal": achiever.goals.weekly,
    }


def achiever_from(row: Row) -> Achiever:
    return Achiever(
        person_id=PersonId(row.person_id),
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


def award_cells(award: Award) -> Cells:
    return {
        "person_id": award.person_id,
        "cause": award.cause.value,
        "key": award.key,
        "at": award.at,
        "day": award.day,
        "points": award.points,
        "answered": award.answered,
        "correct": award.correct,
        "seconds": award.seconds,
        "streak": award.streak,
        "exam_id": award.exam_id,
        "sitting_id": award.sitting_id,
        "question_id": award.question_id,
    }


def award_from(row: Row) -> Award:
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


def sums_from(row: Row) -> Sums:
    return Sums(
        points=row.points,
        answered=row.answered,
        correct=row.correct,
        seconds=row.seconds,
        streak=row.streak,
    )


def sum_rows(achiever: Achiever, booked: Iterable[Booking]) -> list[Cells]:
    """What *booked* adds to which sums, in one order: so no two units wait for each other."""
    added = dict[tuple[UUID, str, date], dict[str, int]]()
    for one in booked:
        for key in _sums_of(one.award):
            sums = added.setdefault(key, dict.fromkeys((*_ADDED, "streak"), 0))
            for name in _ADDED:
                sums[name] += getattr(one, name)
            sums["streak"] = max(sums["streak"], one.award.streak)
    return [
        {
            "person_id": achiever.person_id,
            "exam_id": exam_id,
            "period": period,
            "begins_on": begins_on,
            "institution_id": achiever.institution_id,
            "listed": achiever.listed,
            **_with_accuracy(sums),
        }
        for (exam_id, period, begins_on), sums in sorted(added.items())
    ]


def _with_accuracy(sums: Mapping[str, int]) -> Cells:
    return {**sums, "accuracy": accuracy_of(sums["correct"], sums["answered"])}


def _sums_of(award: Award) -> Iterator[tuple[UUID, str, date]]:
    yield EVERY, DAY, award.day
    for exam_id in (EVERY, *([] if award.exam_id is None else [award.exam_id])):
        for period in Period:
            yield exam_id, period.value, period.begins(award.day)
