"""The promises of a question writer."""

import pytest

from homeroom.exams.model.answers import ALL, Kind
from homeroom.exams.model.choices import Multiple, Single
from homeroom.exams.model.notation import read_content
from homeroom.exams.model.questions import Content
from homeroom.exams.ports.writer import Brief, Choice, Puzzle, QuestionWriter
from homeroom_testing.conformance.contract import Conformance

SOURCE = """
# Queues

A **fanout** exchange sends each message to every queue that is bound to it. A **topic** exchange
compares the routing key of each message with a pattern. A **direct** exchange looks for a queue
that is bound by exactly the same routing key. A **headers** exchange compares what stands in the
headers of each message with its bindings. A message that is not **acknowledged** is delivered
again once its consumer is gone.
"""


def brief(count: int = 5) -> Brief:
    return Brief(exam="Backend", objective="6.1 Queues", source=SOURCE, count=count, difficulty=2)


def puzzle_of(content: Content) -> Puzzle:
    """*content* without its key."""
    body = content.body
    assert isinstance(body, Single | Multiple)
    choices = tuple(Choice(one.id, one.text) for one in body.options)
    return Puzzle(kind=body.kind, stem=content.stem, choices=choices)


class QuestionWriterConformance(Conformance):
    """What `QuestionWriter` promises. Provide `writer`, which knows five things of `SOURCE`."""

    @pytest.fixture
    def writer(self) -> QuestionWriter:
        raise NotImplementedError("return a writer")

    async def test_what_is_written_can_be_read_and_is_sound(self, writer: QuestionWriter) -> None:
        written = await writer.write(brief())
        assert len(written.said) >= 3
        for one in written.said:
            content = read_content(one)
            content.expect_sound()
            assert content.explanation

    async def test_no_more_are_written_than_asked_for(self, writer: QuestionWriter) -> None:
        written = await writer.write(brief(2))
        assert len(written.said) == 2

    async def test_it_says_what_wrote_and_what_that_took(self, writer: QuestionWriter) -> None:
        written = await writer.write(brief())
        assert written.model
        assert 1 <= len(writer.method) <= 50
        assert writer.method.isalnum()
        assert min(written.usage.tokens_in, written.usage.tokens_out, written.usage.cost) >= 0

    async def test_what_is_spent_is_no_more_than_was_estimated(
        self, writer: QuestionWriter
    ) -> None:
        wanted = brief()
        written = await writer.write(wanted)
        puzzles = [puzzle_of(read_content(one)) for one in written.said]
        solved = await writer.solve(puzzles, wanted.source)
        assert written.usage.cost + solved.usage.cost <= writer.estimate(wanted)

    async def test_what_it_wrote_it_solves_without_the_key(self, writer: QuestionWriter) -> None:
        contents = [read_content(one) for one in (await writer.write(brief())).said]
        puzzles = [puzzle_of(one) for one in contents]
        solved = await writer.solve(puzzles[::-1], SOURCE)
        pairs = zip(contents[::-1], solved.answers, strict=True)
        assert all(answer and content.body.credit(answer) == ALL for content, answer in pairs)

    async def test_what_the_text_does_not_tell_is_not_guessed(self, writer: QuestionWriter) -> None:
        choices = (Choice("a", "Ganymede"), Choice("b", "Callisto"))
        unknown = Puzzle(kind=Kind.SINGLE, stem="Which moon is the largest?", choices=choices)
        truth = Puzzle(kind=Kind.TRUE_FALSE, stem="Ganymede is a moon")
        solved = await writer.solve([unknown, truth], SOURCE)
        assert solved.answers == (None, None)
