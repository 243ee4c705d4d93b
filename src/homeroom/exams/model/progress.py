"""Progress: what somebody answered, question by question, and what is to be seen again."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

import attrs

from homeroom.exams.model.recall import Rating, Recall, rating_of
from homeroom.exams.model.sittings import Sitting
from homeroom.kernel.ids import ExamId, ObjectiveId, PersonId, QuestionId, SittingId

DAY = timedelta(days=1)


@attrs.frozen(kw_only=True)
class Attempt:
    """An answer that was judged. Each question of a sitting is one, however often it is saved."""

    sitting_id: SittingId
    question_id: QuestionId
    person_id: PersonId
    exam_id: ExamId
    objective_id: ObjectiveId
    at: datetime
    credit: Fraction
    confidence: int | None = None
    seconds: int = 0

    @property
    def rating(self) -> Rating:
        return rating_of(self.credit, self.confidence, self.seconds)


@attrs.frozen(kw_only=True)
class Study:
    """How far a person is with an exam; held by whoever plans what they see again."""

    person_id: PersonId
    exam_id: ExamId
    examined_at: datetime | None = None
    """When they sit for it, as far as they told."""

    waiting: Sequence[Attempt] = ()
    """Counted, and not planned for yet; the oldest first."""

    recalls: Mapping[QuestionId, Recall] = attrs.field(factory=dict[QuestionId, Recall])
    """What is known of the questions of those that wait."""

    @property
    def deadline(self) -> datetime | None:
        """All that is to be seen again before the exam is due by then: a day is left for it."""
        return None if self.examined_at is None else self.examined_at - DAY


@attrs.frozen(kw_only=True)
class ObjectiveCount:
    """What somebody answered to the questions of one objective, all in all."""

    answered: int
    correct: int
    """How many of these were wholly right."""

    seconds: int
    last_at: datetime
    due_at: datetime | None = None
    """When the next of its questions is to be seen again."""


@attrs.frozen(kw_only=True)
class Standing:
    """What is counted of a person and an exam."""

    examined_at: datetime | None
    first_at: datetime | None
    """When they first answered; None for who did not."""

    seen: frozenset[QuestionId]
    objectives: Mapping[ObjectiveId, ObjectiveCount]

    @property
    def answered(self) -> int:
        return sum(one.answered for one in self.objectives.values())

    @property
    def correct(self) -> int:
        return sum(one.correct for one in self.objectives.values())


@attrs.frozen(kw_only=True)
class Due:
    """A question that is to be seen again."""

    question_id: QuestionId
    objective_id: ObjectiveId
    due_at: datetime
    reviews: int
    streak: int


def attempts_in(sitting: Sitting, only: Iterable[QuestionId] | None = None) -> Iterator[Attempt]:
    """What was judged in *sitting*, or of these of its questions."""
    wanted = sitting.replies.keys() if only is None else frozenset(only)
    for item in sitting.form.items:
        reply = sitting.replies.get(item.question_id)
        if item.question_id not in wanted or reply is None or reply.credit is None:
            continue
        yield Attempt(
            sitting_id=sitting.id,
            question_id=item.question_id,
            person_id=sitting.person_id,
            exam_id=sitting.exam_id,
            objective_id=item.objective_id,
            at=reply.at,
            credit=reply.credit,
            confidence=reply.confidence,
            seconds=reply.seconds,
        )
