"""The promises of a format of questions: what is written is read again, whatever else is there."""

import io
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from homeroom.exams.model.answers import Kind
from homeroom.exams.ports.formats import (
    LONGEST_PIECE,
    Found,
    QuestionFormat,
    QuestionSource,
    Sheet,
    UnheldKind,
    UnreadableFile,
)
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.exam_sheets import plain_sheet, sheet_of, sheets

# A clause belongs to every format that signs the suite, and so it has many executors.
_natural = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
_settings = settings(max_examples=30, deadline=None, suppress_health_check=_natural)

_MEGABYTE = 1_000_000
_PLACE = "here it stands"
_BOMB = b"""<?xml version="1.0"?>
<!DOCTYPE quiz [<!ENTITY a "aaaaaaaaaa">%s]>
<quiz><question type="truefalse"><questiontext><text>&z;</text></questiontext>
<answer fraction="100"><text>true</text></answer><answer fraction="0"><text>false</text></answer>
</question></quiz>"""
_ENTITIES = b"".join(
    b'<!ENTITY %c "%s">' % (letter, b"&%c;" % (letter - 1) * 10) for letter in range(98, 123)
)
_OUTSIDE = b'<!ENTITY z SYSTEM "file:///etc/hostname">'


class QuestionFormatConformance(Conformance):
    """Subclass, provide `notation` and `spoilt`, inherit the proof."""

    recovers: ClassVar[bool] = True
    """Whether what stands behind bytes of another encoding is read as well."""

    @pytest.fixture
    def notation(self) -> QuestionFormat:
        raise NotImplementedError("return a format")

    @pytest.fixture
    def spoilt(self) -> tuple[bytes, int]:
        raise NotImplementedError("return a file with a broken question between two, and its line")

    def edited(self, file: bytes, edit: Callable[[bytes], bytes]) -> bytes:
        """*file*, its text as *edit* has it: for those that are no text, what is packed in them."""
        return edit(file)

    def with_endless_line(self, notation: QuestionFormat) -> QuestionSource:
        """A file of which a line has 26 million bytes, and is never held as a whole."""
        head, *rest = self._with(notation, b"\0").split(b"\0")
        return _Bytes(piece for piece in [head, *[b"x" * 65_536] * 400, b"x".join(rest)])

    @_settings
    @given(data=st.data())
    def test_what_is_written_is_read_again(
        self, notation: QuestionFormat, data: st.DataObject
    ) -> None:
        written = data.draw(st.lists(sheets(notation.holds), max_size=3))
        found = list(notation.read(_source(notation, written)))
        assert [one.problems for one in found] == [()] * len(written)
        assert [one.sheet for one in found] == written

    def test_a_kind_without_room_is_refused(self, notation: QuestionFormat) -> None:
        for kind in Kind:
            if kind in notation.holds.kinds:
                assert list(notation.write([sheet_of(kind)]))
                continue
            with pytest.raises(UnheldKind):
                list(notation.write([sheet_of(kind)]))

    def test_a_broken_question_is_told_by_its_line_and_the_others_come_through(
        self, notation: QuestionFormat, spoilt: tuple[bytes, int]
    ) -> None:
        file, line = spoilt
        before, broken, after = notation.read(io.BytesIO(file))
        assert before.sheet is not None
        assert broken.sheet is None
        assert broken.problems
        assert broken.line == line
        assert after.sheet is not None
        assert before.line < line < after.line

    def test_a_question_that_is_too_long_is_told_and_the_others_come_through(
        self, notation: QuestionFormat
    ) -> None:
        long = b"x" * (3 * LONGEST_PIECE)
        before, broken, after = notation.read(io.BytesIO(self._with(notation, long)))
        assert (before.sheet, after.sheet) == (plain_sheet("before"), plain_sheet("after"))
        assert broken.sheet is None
        assert broken.problems

    def test_text_of_another_encoding_is_told_and_never_guessed(
        self, notation: QuestionFormat
    ) -> None:
        before, broken, *rest = notation.read(
            io.BytesIO(self._with(notation, "Perú?".encode("cp1252")))
        )
        assert before.sheet == plain_sheet("before")
        assert broken.sheet is None
        assert broken.problems
        after = [plain_sheet("after")] if self.recovers else []
        assert [one.sheet for one in rest] == after

    def test_a_mark_of_utf8_at_the_start_is_no_text(self, notation: QuestionFormat) -> None:
        file = b"".join(notation.write([plain_sheet("before")]))
        marked = self.edited(file, lambda text: b"\xef\xbb\xbf" + text)
        (found,) = notation.read(io.BytesIO(marked))
        assert found.sheet == plain_sheet("before")

    def test_lines_may_end_as_on_windows(self, notation: QuestionFormat) -> None:
        file = b"".join(notation.write([plain_sheet("before"), plain_sheet("after")]))
        found = notation.read(io.BytesIO(self.edited(file, _as_on_windows)))
        assert [one.sheet for one in found] == [plain_sheet("before"), plain_sheet("after")]

    def test_a_large_file_is_held_in_small_pieces(self, notation: QuestionFormat) -> None:
        many = 1_000
        large = (plain_sheet(f"{number} {'long ' * 900}".strip()) for number in range(many))
        told = list[int]()

        def read() -> None:
            source = _Bytes(notation.write(large))
            told.extend(len(one.sheet.content.stem) for one in notation.read(source) if one.sheet)

        assert peak_of(read) < 3 * _MEGABYTE
        assert sum(told) > 4 * _MEGABYTE

    def test_an_endless_line_is_held_in_small_pieces(self, notation: QuestionFormat) -> None:
        source = self.with_endless_line(notation)
        assert peak_of(lambda: _count(notation.read(source))) < 8 * _MEGABYTE

    @pytest.mark.parametrize("inside", [_ENTITIES, _OUTSIDE], ids=["bomb", "outside"])
    def test_nothing_is_unfolded_or_fetched(self, notation: QuestionFormat, inside: bytes) -> None:
        assert not [one for one in _whatever(notation, _BOMB % inside) if one.sheet]

    @_settings
    @given(junk=st.binary(max_size=200), at=st.floats(0, 1), data=st.data())
    def test_whatever_bytes_there_are_no_more_than_that_is_told(
        self, notation: QuestionFormat, junk: bytes, at: float, data: st.DataObject
    ) -> None:
        file = b"".join(notation.write(data.draw(st.lists(sheets(notation.holds), max_size=2))))
        place = int(at * len(file))
        for spoilt in (junk, file[:place] + junk + file[place:], file[:place]):
            for one in _whatever(notation, spoilt):
                assert (one.sheet is None) == bool(one.problems)
                assert one.line >= 1

    def test_deep_nesting_does_no_harm(self, notation: QuestionFormat) -> None:
        for sign in (b"{", b"[", b'{"a":', b"<quiz>", b"<question>"):
            for file in (sign * 100_000, self._with(notation, sign * 100_000)):
                _whatever(notation, file)

    def test_endings_begin_with_a_point(self, notation: QuestionFormat) -> None:
        assert notation.endings
        assert all(one.startswith(".") and one.lower() == one for one in notation.endings)

    def _with(self, notation: QuestionFormat, inside: bytes) -> bytes:
        """A file of three questions, the second of which says *inside*."""
        three = [plain_sheet("before"), plain_sheet(_PLACE), plain_sheet("after")]
        file = b"".join(notation.write(three))
        return self.edited(file, lambda text: text.replace(_PLACE.encode(), inside))


@attrs.define
class _Bytes:
    """A source that makes what is asked for, and keeps nothing."""

    _pieces: Iterator[bytes]
    _rest: bytes = b""

    def read(self, size: int, /) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken


def _source(notation: QuestionFormat, written: Iterable[Sheet]) -> io.BytesIO:
    return io.BytesIO(b"".join(notation.write(written)))


def _as_on_windows(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _whatever(notation: QuestionFormat, file: bytes) -> list[Found]:
    try:
        return list(notation.read(io.BytesIO(file)))
    except UnreadableFile:
        return []


def _count(found: Iterator[Found]) -> int:
    return sum(1 for _ in found)


def peak_of(work: Callable[[], object]) -> int:
    """How many bytes were held at once while *work* was done."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
