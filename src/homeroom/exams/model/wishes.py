"""What somebody wants to sit for, and what they say to its questions."""

import enum
from typing import Annotated

import attrs

from homeroom.exams.errors import BadSitting
from homeroom.exams.model.answers import NO_ANSWER, Answer
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import ObjectiveId
from homeroom.kernel.privacy import Personal

MOST_QUESTIONS, USUAL_QUESTIONS = 500, 20
_MOST_SECONDS = 24 * 60 * 60


class Mode(enum.Enum):
    """What a sitting is for."""

    SIMULATION = "simulation"
    """The exam as it is: timed, by its outline, and nothing is told before its end."""

    SEQUENTIAL = "sequential"
    """To study what there is, in the order in which it was written."""

    RANDOM = "random"
    INCORRECT = "incorrect"
    """To study what one did not get right when one answered it last."""

    REVIEW = "review"
    """To see again what is due to be, what has waited longest before all else."""

    WEAK_AREAS = "weakAreas"
    """To study the objectives that one does not know well yet."""

    CUSTOM = "custom"
    """To study some objectives, or some difficulties."""

    @property
    def is_timed(self) -> bool:
        return self is Mode.SIMULATION


@attrs.frozen(kw_only=True)
class Wish:
    """What somebody wants to sit for."""

    mode: Mode = Mode.SIMULATION
    questions: int | None = None
    objectives: frozenset[ObjectiveId] = frozenset()
    """Empty means all of them."""

    difficulties: frozenset[int] = frozenset()
    """Likewise."""

    def expect_sound(self) -> None:
        """Raises `BadSitting`."""
        problems = list[Problem]()
        if self.questions is not None and self.mode.is_timed:
            problems.append(Problem("questions", "are as many as the exam says: leave it out"))
        if self.questions is not None and not 1 <= self.questions <= MOST_QUESTIONS:
            problems.append(Problem("questions", f"must be from 1 to {MOST_QUESTIONS}"))
        if not self.difficulties <= {1, 2, 3, 4, 5}:
            problems.append(Problem("difficulties", "must each be from 1 to 5"))
        if (self.objectives or self.difficulties) and self.mode is not Mode.CUSTOM:
            problems.append(Problem("mode", "must be custom to choose objectives or difficulties"))
        if problems:
            raise BadSitting(problems=problems)


@attrs.frozen(kw_only=True)
class Given:
    """What somebody says to a question."""

    answer: Annotated[Answer, Personal] = NO_ANSWER
    confidence: int | None = None
    """From 1, a guess, to 5."""

    seconds: int = 0
    """How long they looked at the question, all in all."""

    def expect_sound(self) -> None:
        """Raises `BadSitting`."""
        if self.confidence is not None and not 1 <= self.confidence <= 5:
            raise BadSitting(problems=[Problem("confidence", "must be from 1, a guess, to 5")])
        if not 0 <= self.seconds <= _MOST_SECONDS:
            raise BadSitting(problems=[Problem("seconds", f"must be from 0 to {_MOST_SECONDS}")])
