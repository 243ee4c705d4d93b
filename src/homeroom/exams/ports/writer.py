"""Whoever writes questions about a text, and answers them without knowing what is right."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import attrs

from homeroom.exams.model.answers import Answer, Kind


@attrs.frozen(kw_only=True)
class Brief:
    """What is to be written."""

    exam: str
    objective: str
    source: str = attrs.field(repr=False)
    count: int
    difficulty: int = 3


@attrs.frozen(kw_only=True)
class Usage:
    """What a call took: tokens in and out, and millionths of a dollar."""

    tokens_in: int = 0
    tokens_out: int = 0
    cost: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            cost=self.cost + other.cost,
        )


@attrs.frozen(kw_only=True)
class Written:
    """Questions as `homeroom.exams.model.notation` has them, which nobody has read yet."""

    said: tuple[object, ...]
    model: str
    usage: Usage = Usage()


@attrs.frozen
class Choice:
    """Something to choose, by its id."""

    id: str
    text: str


@attrs.frozen(kw_only=True)
class Puzzle:
    """A question as an examinee sees it."""

    kind: Kind
    stem: str
    choices: tuple[Choice, ...] = ()


@attrs.frozen(kw_only=True)
class Solved:
    """One answer for each puzzle, in their order; none where whoever was asked does not know."""

    answers: tuple[Answer | None, ...]
    model: str
    usage: Usage = Usage()


@attrs.frozen(kw_only=True)
class WriterSettings:
    """What a writer is opened with; each adapter reads what concerns it."""

    url: str = ""
    """Where it is asked: what comes before `/chat/completions`."""

    key: str = attrs.field(default="", repr=False)
    model: str = ""
    fallbacks: tuple[str, ...] = ()
    """Models to ask, in this order, where the first one does not answer: OpenRouter knows how."""

    timeout: float = 120.0
    price_in: float = 1.0
    price_out: float = 5.0
    """Dollars for a million tokens: what is reserved, and what is paid where no bill says it."""


@runtime_checkable
class QuestionWriter(Protocol):
    """Writes questions about a text, and answers questions about it.

    What it writes is about the brief's source, at most as many as asked for, and each can be read
    by `read_content`. It may write fewer. Whoever solves is shown no key, and says which answer is
    right, or that they do not know. Nothing is asked twice of whoever is paid for it.

    Raises `WriterUnavailable` for what may work later, with what it cost nonetheless, and
    `WriterRefused` for what will not work before somebody mends it.

    Conformance: `homeroom_testing.conformance.question_writer.QuestionWriterConformance`.
    """

    @property
    def method(self) -> str:
        """A word that says how it writes: questions are tagged with it."""
        ...

    def estimate(self, brief: Brief) -> int:
        """What writing and solving may cost at most, in millionths of a dollar; asks nobody."""
        ...

    async def write(self, brief: Brief) -> Written: ...

    async def solve(self, puzzles: Sequence[Puzzle], source: str) -> Solved: ...
