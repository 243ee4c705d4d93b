"""Questions that a machine is asked to write: what was ordered, and what became of each."""

import enum
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Self

import attrs

from homeroom.exams.errors import BadGeneration
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem, Refusal
from homeroom.kernel.ids import (
    ExamId,
    GenerationId,
    InstitutionId,
    ObjectiveId,
    QuestionId,
    new_id,
)

MOST_AT_ONCE = 50
_SHORTEST, _LONGEST, _LONGEST_ORIGIN = 40, 100_000, 200


class GenerationStatus(enum.Enum):
    """How far an order is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    """It may be tried again: what it was made from is still there."""


class Fate(enum.Enum):
    """What became of a question that was written."""

    IN_REVIEW = "inReview"
    """It waits for a reviewer."""

    ACTIVE = "active"
    """It may be served: the house lets what raises no doubt pass."""

    FLAGGED = "flagged"
    """It needs revision, and its note says why."""

    DUPLICATE = "duplicate"
    """There is one like it already, so it was not kept."""

    REFUSED = "refused"
    """It cannot be kept as it was written."""


@attrs.frozen(kw_only=True)
class Outcome:
    """One question that was written, and what became of it."""

    fate: Fate
    question_id: QuestionId | None = None
    words: str = ""
    """How it begins."""

    remarks: tuple[str, ...] = ()
    """What is doubtful or wrong with it."""

    like: QuestionId | None = None
    """A question that says the same, or nearly."""


@attrs.frozen(kw_only=True)
class Wish:
    """What somebody orders."""

    source: str = attrs.field(repr=False)
    """What questions are to be made from. It is forgotten once they are."""

    origin: str = ""
    """What the source is called, such as the name of its file."""

    count: int = 10
    difficulty: int = 3

    def problems(self) -> Iterator[Problem]:
        if not _SHORTEST <= len(self.source.strip()) <= _LONGEST:
            yield Problem("source", f"give {_SHORTEST} to {_LONGEST} characters to write about")
        if "\0" in self.source:
            yield Problem("source", "must be text; this has a NUL in it")
        if len(self.origin) > _LONGEST_ORIGIN or not self.origin.isprintable():
            yield Problem("origin", f"write at most {_LONGEST_ORIGIN} characters, in one line")
        if not 1 <= self.count <= MOST_AT_ONCE:
            yield Problem("count", f"ask for 1 to {MOST_AT_ONCE}")
        if not 1 <= self.difficulty <= 5:
            yield Problem("difficulty", "must be from 1, easy, to 5")


@attrs.define(kw_only=True)
class Generation(Aggregate):
    """One order for questions of one objective, and what came of it."""

    id: GenerationId
    institution_id: InstitutionId
    exam_id: ExamId
    objective_id: ObjectiveId
    wish: Wish
    status: GenerationStatus = GenerationStatus.WAITING
    outcomes: tuple[Outcome, ...] = ()
    model: str = ""
    """What wrote them."""

    cost: int = 0
    """In millionths of a dollar."""

    code: str = ""
    reason: str = ""
    """Why it failed."""

    created_at: datetime
    finished_at: datetime | None = None

    @classmethod
    def order(
        cls,
        institution_id: InstitutionId,
        exam_id: ExamId,
        objective_id: ObjectiveId,
        wish: Wish,
        *,
        at: datetime,
    ) -> Self:
        """Raises `BadGeneration` with all that is wrong."""
        if problems := [*wish.problems()]:
            raise BadGeneration(problems=problems)
        return cls(
            id=GenerationId(new_id()),
            institution_id=institution_id,
            exam_id=exam_id,
            objective_id=objective_id,
            wish=wish,
            created_at=at,
        )

    @property
    def is_done(self) -> bool:
        return self.status is GenerationStatus.DONE

    def finish(self, outcomes: Sequence[Outcome], *, model: str, cost: int, at: datetime) -> None:
        """Questions were written; what they were made from is forgotten."""
        self.status, self.outcomes = GenerationStatus.DONE, tuple(outcomes)
        self.wish = attrs.evolve(self.wish, source="")
        self.model, self.finished_at = model, at
        self.cost += cost
        self.code = self.reason = ""

    def forget_source(self) -> None:
        """Nobody tried again in time: what they were to be made from is forgotten."""
        if self.status is GenerationStatus.FAILED:
            self.wish = attrs.evolve(self.wish, source="")

    def fail(self, refusal: Refusal, *, cost: int, at: datetime) -> None:
        """Nothing came of it, and *refusal* says why."""
        self.status, self.finished_at = GenerationStatus.FAILED, at
        self.code, self.reason = refusal.code, refusal.message
        self.cost += cost
