"""What of tiers is committed: tables by key."""

from datetime import date

import attrs

from homeroom.exams.model.tiers import Learner
from homeroom.kernel.ids import PersonId, QuestionId, SittingId
from homeroom_adapters.memory.tables import Table


@attrs.frozen
class Day:
    """How many answers of somebody were counted on one day."""

    person_id: PersonId
    day: date
    answered: int


@attrs.frozen
class Counted:
    """An answer that was counted."""

    sitting_id: SittingId
    question_id: QuestionId
    person_id: PersonId


def learners() -> Table[PersonId, Learner]:
    return Table(key=lambda one: one.person_id, unique=lambda _: None, copied=attrs.evolve)


def days() -> Table[tuple[PersonId, date], Day]:
    return Table(
        key=lambda one: (one.person_id, one.day), unique=lambda _: None, copied=lambda one: one
    )


def tallies() -> Table[tuple[SittingId, QuestionId], Counted]:
    return Table(
        key=lambda one: (one.sitting_id, one.question_id),
        unique=lambda _: None,
        copied=lambda one: one,
    )
