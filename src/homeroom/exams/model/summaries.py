"""How far a sitting is, what is kept of it, and what became of it after its end."""

import enum
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Self

import attrs

from homeroom.exams.errors import SittingGoesOn
from homeroom.exams.model.answers import NO_ANSWER, NOTHING, Answer
from homeroom.exams.model.forms import Item
from homeroom.exams.model.questions import Content
from homeroom.exams.model.scoring import Mark, Score
from homeroom.exams.model.wishes import Mode
from homeroom.kernel.ids import ExamId, InstitutionId, PersonId, RegradeId, SittingId
from homeroom.kernel.privacy import Personal


class SittingStatus(enum.Enum):
    """How far a sitting is."""

    ACTIVE = "active"
    SUBMITTED = "submitted"
    EXPIRED = "expired"
    """Its time ran out; it was scored by what was answered until then."""

    COMPLETED = "completed"
    """Somebody studied, and is through, or went away."""


@attrs.frozen(kw_only=True)
class Reply:
    """What is kept of somebody and one question."""

    answer: Annotated[Answer, Personal] = NO_ANSWER
    at: datetime
    """When it was last changed, by our clock."""

    flagged: bool = False
    confidence: int | None = None
    seconds: int = 0
    credit: Fraction | None = None
    """What the answer is worth, once it was judged."""

    def judged_by(self, content: Content) -> Self:
        """It, with what its answer is worth if the question says that."""
        credit = content.body.credit(self.answer) if self.answer else None
        return attrs.evolve(self, credit=credit)


@attrs.frozen(kw_only=True)
class Regraded:
    """A key was wrong, and a sitting that was over was judged again."""

    regrade_id: RegradeId
    at: datetime
    before: Score
    after: Score


class Attempt(enum.Enum):
    """What becomes of the attempt, where a sitting does not count."""

    SPENT = "spent"
    GIVEN_BACK = "givenBack"
    """They may take the exam once more."""


@attrs.frozen(kw_only=True)
class Invalidation:
    """Somebody decided that a sitting does not count."""

    invalidated_at: datetime
    reason: Annotated[str, Personal]
    attempt: Attempt = Attempt.SPENT


@attrs.frozen(kw_only=True)
class Summary:
    """A sitting, without its questions."""

    id: SittingId
    institution_id: InstitutionId
    exam_id: ExamId
    person_id: PersonId
    mode: Mode
    status: SittingStatus
    began_at: datetime
    ends_at: datetime
    """When time is up; without a time limit, when it is over unless something is said."""

    ended_at: datetime | None
    extra: int
    """By how many percent the time was made longer."""

    questions: int
    answered: int
    score: Score | None
    """None until it is over."""

    invalidation: Invalidation | None = None
    """None as long as it counts."""

    @property
    def outcome(self) -> Score:
        """What it came to. Raises `SittingGoesOn`."""
        if self.score is None:
            raise SittingGoesOn
        return self.score


def mark_of(item: Item, reply: Reply | None) -> Mark:
    """What *reply* counts for the score; nothing, if there is none."""
    credit = None if reply is None else reply.credit
    return Mark(
        objective_id=item.objective_id,
        credit=NOTHING if credit is None else credit,
        answered=credit is not None,
    )
