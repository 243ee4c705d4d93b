"""The question writers sign their suite, and broken ones are caught."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

import attrs
import pytest
from over_http_ground import open_house

from homeroom.exams.ports.writer import (
    Brief,
    Puzzle,
    QuestionWriter,
    Solved,
    Usage,
    WriterSettings,
    Written,
)
from homeroom_adapters.offline.question_writer import OfflineWriter
from homeroom_adapters.openai.question_writer import open_writer
from homeroom_testing.conformance.question_writer import QuestionWriterConformance
from homeroom_testing.model_house import KEY, Known, open_model_house
from homeroom_testing.sabotage import broken_clauses

KNOWN = [
    Known("Which exchange sends each message to every queue?", "fanout", ("topic", "direct")),
    Known("Which exchange compares the key with a pattern?", "topic", ("fanout", "headers")),
    Known("Which exchange looks for exactly the same key?", "direct", ("fanout", "topic")),
    Known("Which exchange compares what stands in headers?", "headers", ("direct", "topic")),
    Known("Which message is delivered again?", "not acknowledged", ("bound", "routed")),
]


class Offline(QuestionWriterConformance):
    kind: ClassVar[type[OfflineWriter]] = OfflineWriter

    @pytest.fixture
    def writer(self) -> QuestionWriter:
        return self.kind()


@pytest.mark.adapter("offline")
class TestOffline(Offline): ...


@pytest.mark.adapter("openai")
class TestModel(QuestionWriterConformance):
    @pytest.fixture
    async def writer(self) -> AsyncIterator[QuestionWriter]:
        async with open_model_house() as house, open_house() as (ambient, out):
            house.knows(*KNOWN)
            house.cost = None
            settings = WriterSettings(url=house.url, key=KEY, model="a/primary")
            async with open_writer(settings, ambient, out) as writer:
                yield writer


class WritesAnything(OfflineWriter):
    async def write(self, brief: Brief) -> Written:
        written = await super().write(brief)
        return attrs.evolve(written, said=tuple({"stem": one} for one in written.said))


class CannotCount(OfflineWriter):
    async def write(self, brief: Brief) -> Written:
        return await super().write(attrs.evolve(brief, count=brief.count + 1))


class SaysNothingOfItself(OfflineWriter):
    async def write(self, brief: Brief) -> Written:
        return attrs.evolve(await super().write(brief), model="")


class CostsMoreThanItSays(OfflineWriter):
    async def write(self, brief: Brief) -> Written:
        return attrs.evolve(await super().write(brief), usage=Usage(cost=1))


class SolvesInItsOwnOrder(OfflineWriter):
    async def solve(self, puzzles: Sequence[Puzzle], source: str) -> Solved:
        return await super().solve(sorted(puzzles, key=lambda one: one.stem), source)


class Guesses(OfflineWriter):
    async def solve(self, puzzles: Sequence[Puzzle], source: str) -> Solved:
        solved = await super().solve(puzzles, source)
        answers = zip(puzzles, solved.answers, strict=True)
        guessed = ((one.choices[0].id,) if one.choices else ("true",) for one in puzzles)
        return attrs.evolve(
            solved,
            answers=tuple(known or next(guessed) for _, known in answers),
        )


CAUGHT_BY: dict[type[QuestionWriterConformance], dict[type[OfflineWriter], str]] = {
    QuestionWriterConformance: {
        WritesAnything: "test_what_is_written_can_be_read_and_is_sound",
        CannotCount: "test_no_more_are_written_than_asked_for",
        SaysNothingOfItself: "test_it_says_what_wrote_and_what_that_took",
        CostsMoreThanItSays: "test_what_is_spent_is_no_more_than_was_estimated",
        SolvesInItsOwnOrder: "test_what_it_wrote_it_solves_without_the_key",
        Guesses: "test_what_the_text_does_not_tell_is_not_guessed",
    },
}
CASES = [case for caught in CAUGHT_BY.values() for case in caught.items()]


@pytest.mark.parametrize(("broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(broken: type[OfflineWriter], clause: str) -> None:
    saboteur = type(broken.__name__, (Offline,), {"kind": broken})
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_writer_breaks_none_of_these() -> None:
    clauses = " or ".join(clause for _, clause in CASES)
    assert broken_clauses(Offline, only=clauses) == frozenset()
