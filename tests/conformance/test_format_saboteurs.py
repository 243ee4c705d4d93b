"""Formats of questions that break a promise each, and the clause that catches them."""

import io
from collections.abc import Iterable, Iterator
from typing import ClassVar

import attrs
import pytest

from homeroom.exams.ports.formats import (
    Found,
    QuestionFormat,
    QuestionSource,
    Sheet,
)
from homeroom_adapters.formats.aiken import Aiken
from homeroom_adapters.formats.moodle_xml import MoodleXml
from homeroom_testing.conformance.formats import QuestionFormatConformance
from homeroom_testing.sabotage import broken_clauses


class Saboteur(QuestionFormatConformance):
    """Aiken in place of the honest one: the simplest to break."""

    format_type: ClassVar[type[QuestionFormat]] = Aiken

    @pytest.fixture
    def notation(self) -> QuestionFormat:
        return self.format_type()

    @pytest.fixture
    def spoilt(self) -> tuple[bytes, int]:
        options = "A. one\nB. two\n"
        file = f"1?\n{options}ANSWER: B\n\n2?\n{options}\n3?\n{options}ANSWER: A\n"
        return file.encode(), 6


class ForgetsAnOption(Saboteur):
    class format_type(Aiken):  # noqa: N801 - takes the place of the attribute
        def read(self, source: QuestionSource) -> Iterator[Found]:
            for found in super().read(source):
                yield _without_its_last_option(found)


class WritesAnything(Saboteur):
    class format_type(Aiken):  # noqa: N801
        def write(self, sheets: Iterable[Sheet]) -> Iterator[bytes]:
            for sheet in sheets:
                held = sheet.content.body.kind in self.holds.kinds
                yield from super().write([sheet]) if held else [b"?\n"]


class StopsAtWhatIsBroken(Saboteur):
    class format_type(Aiken):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            for found in super().read(source):
                yield found
                if found.problems:
                    return


class CountsQuestions(Saboteur):
    """Tells the number of a question for its line."""

    class format_type(Aiken):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            for number, found in enumerate(super().read(source), start=1):
                yield attrs.evolve(found, line=number)


class CutsWhatIsLong(Saboteur):
    class format_type(Aiken):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            lines = _all(source).split(b"\n")
            return super().read(io.BytesIO(b"\n".join(line[:4_000] for line in lines)))


class GuessesTheEncoding(Saboteur):
    class format_type(Aiken):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            return super().read(io.BytesIO(_all(source).decode("latin-1").encode()))


class ReadsTheMark(Saboteur):
    class format_type(Aiken):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            return super().read(io.BytesIO(b"\n" + _all(source)))


class HoldsTheWholeFile(Saboteur):
    class format_type(Aiken):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            return super().read(io.BytesIO(_all(source)))


class FallsOver(Saboteur):
    class format_type(Aiken):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            return super().read(io.BytesIO(_all(source).decode().encode()))


class UnfoldsEntities(Saboteur):
    """Believes what a file declares of itself."""

    class format_type(MoodleXml):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            return super().read(io.BytesIO(_unfolded(_all(source))))


class NamesNoEndings(Saboteur):
    class format_type(Aiken):  # noqa: N801
        endings = ("txt",)


class NestsByItself(Saboteur):
    """Reads what is nested by calling itself, as deep as the file likes."""

    class format_type(Aiken):  # noqa: N801
        def read(self, source: QuestionSource) -> Iterator[Found]:
            file = _all(source)
            self._nest(file[:5_000])
            return super().read(io.BytesIO(file))

        def _nest(self, rest: bytes) -> None:
            if rest[:1] in (b"{", b"["):
                self._nest(rest[1:])


def _all(source: QuestionSource) -> bytes:
    return b"".join(iter(lambda: source.read(65_536), b""))


def _without_its_last_option(found: Found) -> Found:
    if found.sheet is None:
        return found
    body = found.sheet.content.body
    options = getattr(body, "options", ())
    content = attrs.evolve(found.sheet.content, body=attrs.evolve(body, options=options[:-1]))
    return attrs.evolve(found, sheet=attrs.evolve(found.sheet, content=content))


def _unfolded(file: bytes) -> bytes:
    """What is left of *file* once each entity stands for a word."""
    head, declared, rest = file.partition(b"<!DOCTYPE")
    if not declared:
        return file
    return head + rest.partition(b"]>")[2].replace(b"&z;", b"what was declared")


CAUGHT_BY: dict[type[Saboteur], str] = {
    ForgetsAnOption: "test_what_is_written_is_read_again",
    WritesAnything: "test_a_kind_without_room_is_refused",
    StopsAtWhatIsBroken: ("test_a_broken_question_is_told_by_its_line_and_the_others_come_through"),
    CountsQuestions: "test_a_broken_question_is_told_by_its_line_and_the_others_come_through",
    CutsWhatIsLong: "test_a_question_that_is_too_long_is_told_and_the_others_come_through",
    GuessesTheEncoding: "test_text_of_another_encoding_is_told_and_never_guessed",
    ReadsTheMark: "test_a_mark_of_utf8_at_the_start_is_no_text",
    HoldsTheWholeFile: "test_a_large_file_is_held_in_small_pieces",
    FallsOver: "test_whatever_bytes_there_are_no_more_than_that_is_told",
    UnfoldsEntities: "test_nothing_is_unfolded_or_fetched",
    NamesNoEndings: "test_endings_begin_with_a_point",
    NestsByItself: "test_deep_nesting_does_no_harm",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Saboteur]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_format_breaks_no_clause() -> None:
    assert broken_clauses(Saboteur) == frozenset()
