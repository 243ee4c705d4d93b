"""What of what learners earned is committed: tables by key."""

import threading
from datetime import date
from typing import Self

import attrs

from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.boards import Sums
from homeroom.exams.model.experience import Award, Cause
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId
from homeroom_adapters.memory.tables import Draft, Table

AwardKey = tuple[PersonId, Cause, str]
SumKey = tuple[PersonId, ExamId | None, str, date]


@attrs.frozen(kw_only=True)
class SumOf:
    """What somebody came to in a time, of one exam or of all."""

    person_id: PersonId
    institution_id: InstitutionId
    exam_id: ExamId | None
    period: str
    begins_on: date
    sums: Sums = Sums()

    @property
    def key(self) -> SumKey:
        return self.person_id, self.exam_id, self.period, self.begins_on


def _achievers() -> Table[PersonId, Achiever]:
    return Table(key=lambda one: one.person_id, unique=lambda _: None, copied=attrs.evolve)


def _awards() -> Table[AwardKey, Award]:
    return Table(
        key=lambda one: (one.person_id, *one.name),
        unique=lambda _: None,
        copied=lambda one: one,
    )


def _sums() -> Table[SumKey, SumOf]:
    return Table(key=lambda one: one.key, unique=lambda _: None, copied=lambda one: one)


@attrs.define(eq=False)
class Earned:
    """All of it."""

    achievers: Table[PersonId, Achiever] = attrs.field(factory=_achievers)
    awards: Table[AwardKey, Award] = attrs.field(factory=_awards)
    sums: Table[SumKey, SumOf] = attrs.field(factory=_sums)


@attrs.frozen(eq=False)
class EarnedDrafts:
    """What a unit has changed of it so far."""

    achievers: Draft[PersonId, Achiever]
    awards: Draft[AwardKey, Award]
    sums: Draft[SumKey, SumOf]

    @classmethod
    def over(cls, earned: Earned, lock: threading.Lock) -> Self:
        return cls(
            achievers=Draft(earned.achievers, lock),
            awards=Draft(earned.awards, lock),
            sums=Draft(earned.sums, lock),
        )

    def apply(self) -> None:
        self.achievers.apply()
        self.awards.apply()
        self.sums.apply()
