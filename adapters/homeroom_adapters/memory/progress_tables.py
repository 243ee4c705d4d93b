"""What of progress is committed: tables by key."""

from datetime import datetime

import attrs

from homeroom.exams.model.progress import Attempt
from homeroom.exams.model.recall import Recall
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, QuestionId, SittingId
from homeroom_adapters.memory.tables import Table


@attrs.frozen(kw_only=True)
class CountedAttempt:
    """An attempt, and whether it was planned for."""

    attempt: Attempt
    planned: bool = False

    @property
    def key(self) -> tuple[SittingId, QuestionId]:
        return self.attempt.sitting_id, self.attempt.question_id


@attrs.frozen(kw_only=True)
class Begun:
    """That somebody began to study for an exam, and when they are examined."""

    person_id: PersonId
    exam_id: ExamId
    examined_at: datetime | None = None


@attrs.frozen(kw_only=True)
class KeptRecall:
    """What is known of somebody and a question."""

    person_id: PersonId
    exam_id: ExamId
    question_id: QuestionId
    objective_id: ObjectiveId
    recall: Recall


def attempts() -> Table[tuple[SittingId, QuestionId], CountedAttempt]:
    return Table(key=lambda one: one.key, unique=lambda _: None, copied=lambda one: one)


def studies() -> Table[tuple[PersonId, ExamId], Begun]:
    return Table(
        key=lambda one: (one.person_id, one.exam_id),
        unique=lambda _: None,
        copied=lambda one: one,
    )


def recalls() -> Table[tuple[PersonId, QuestionId], KeptRecall]:
    return Table(
        key=lambda one: (one.person_id, one.question_id),
        unique=lambda _: None,
        copied=lambda one: one,
    )
