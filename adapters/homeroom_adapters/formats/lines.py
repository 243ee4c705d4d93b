"""Bytes to lines of text, each with its number, none longer than it may be."""

from collections.abc import Iterator

import attrs

from homeroom.exams.errors import BadQuestion
from homeroom.exams.ports.formats import (
    LONGEST_PIECE,
    Found,
    QuestionSource,
    Sheet,
    UnreadableFile,
)
from homeroom.kernel.errors import Problem

_PORTION = 65_536
_MARK = b"\xef\xbb\xbf"
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")

TOO_LONG = f"is longer than {LONGEST_PIECE:,} bytes. Leave it out, or make it shorter."
NO_TEXT = "has a sign in it that is no text (NUL). Take it out."
NOT_UTF8 = "is not UTF-8 text. Save the file as UTF-8."


@attrs.frozen
class Line:
    """A line, without its end. What is wrong with it makes its question broken."""

    number: int
    text: str
    wrong: str = ""


def lines_of(source: QuestionSource) -> Iterator[Line]:
    """Raises `UnreadableFile` for text that is plainly of another encoding."""
    for number, raw in enumerate(_raw_lines(source), start=1):
        if number == 1 and raw.startswith(_OTHER_MARKS):
            raise UnreadableFile(f"This file {NOT_UTF8}")
        start = len(_MARK) if number == 1 and raw.startswith(_MARK) else 0
        yield _line(number, raw[start:].removesuffix(b"\r"))


def portions(source: QuestionSource, size: int = _PORTION) -> Iterator[bytes]:
    while portion := source.read(size):
        yield portion


def _raw_lines(source: QuestionSource) -> Iterator[bytes]:
    """Of a line that is too long, a byte more than may be; the rest is passed over."""
    rest = b""
    for portion in portions(source):
        *whole, last = portion.split(b"\n")
        for end in whole:
            yield (rest + end)[: LONGEST_PIECE + 1]
            rest = b""
        rest = rest if len(rest) > LONGEST_PIECE else (rest + last)[: LONGEST_PIECE + 1]
    if rest:
        yield rest


def _line(number: int, raw: bytes) -> Line:
    if len(raw) > LONGEST_PIECE:
        return Line(number, "", TOO_LONG)
    if b"\0" in raw:
        return Line(number, "", NO_TEXT)
    try:
        return Line(number, raw.decode())
    except UnicodeDecodeError:
        return Line(number, raw.decode(errors="replace"), NOT_UTF8)


def checked(line: int, sheet: Sheet) -> Found:
    """The question, or what its kind does not allow."""
    try:
        sheet.content.expect_sound()
    except BadQuestion as error:
        return Found(line=line, problems=tuple(error.problems))
    return Found(line=line, sheet=sheet)


def broken(line: int, message: str, field: str = "") -> Found:
    return Found(line=line, problems=(Problem(field or f"line {line}", message),))


class Unread(Exception):
    """A question cannot be read, and why, in words that say what to do."""

    def __init__(self, message: str, *, line: int = 0, field: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.field = message, line, field


def last_step(path: str) -> str:
    """What the last of a path of categories is called; empty for the uppermost of all."""
    last = path.rpartition("/")[2].strip()
    return "" if last == "top" or last.startswith("$") else last
