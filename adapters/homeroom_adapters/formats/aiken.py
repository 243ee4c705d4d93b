"""Aiken: a question, its options by letter, and which is right."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from homeroom.exams.model.answers import ALL, NOTHING, Kind
from homeroom.exams.model.choices import Option, Single
from homeroom.exams.model.questions import Content
from homeroom.exams.ports.formats import (
    LONGEST_PIECE,
    Found,
    Holds,
    QuestionFormat,
    QuestionSource,
    Sheet,
    UnheldKind,
    part_id,
)
from homeroom.kernel.codec import Ambient
from homeroom_adapters.formats.lines import TOO_LONG, Line, Unread, broken, checked, lines_of

_OPTION = re.compile(r"([A-Z])[.)]\s+(.*)")
_KEY = re.compile(r"ANSWER:\s*(.*)")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Aiken:
    """One right option each; nothing else can be told."""

    endings = (".aiken", ".aiken.txt")
    media_type = "text/plain"
    holds = Holds(kinds=frozenset({Kind.SINGLE}), traits=frozenset())

    def read(self, source: QuestionSource) -> Iterator[Found]:
        lines: list[Line] = []
        length = 0
        for line in lines_of(source):
            if not line.text.strip() and not line.wrong:
                continue
            if _begins_anew(line, lines):
                yield _found(lines)
                lines, length = [], 0
            length += len(line.text)
            if length <= LONGEST_PIECE or line.wrong:
                lines.append(line)
            elif not lines[-1].wrong:
                lines.append(Line(line.number, "", TOO_LONG))
            if _KEY.match(line.text):
                yield _found(lines)
                lines, length = [], 0
        if lines:
            yield _found(lines)

    def write(self, sheets: Iterable[Sheet]) -> Iterator[bytes]:
        for sheet in sheets:
            if not isinstance(sheet.content.body, Single):
                raise UnheldKind("Aiken has one right option each. Choose another format.")
            yield _written(sheet.content.stem, sheet.content.body).encode()


def _begins_anew(line: Line, lines: list[Line]) -> bool:
    """A question's words behind options: the one before has no key."""
    is_stem = not _OPTION.match(line.text) and not _KEY.match(line.text) and not line.wrong
    return is_stem and any(_OPTION.match(one.text) for one in lines)


def _found(lines: list[Line]) -> Found:
    first = lines[0].number
    for line in lines:
        if line.wrong:
            return broken(line.number, line.wrong)
    try:
        return checked(first, Sheet(content=_content(lines)))
    except Unread as error:
        return broken(error.line or first, error.message)


def _content(lines: list[Line]) -> Content:
    stem = [one.text.strip() for one in lines if not _mark(one)]
    texts = {
        found[1]: found[2].strip()
        for one in lines
        if (found := _OPTION.match(one.text)) is not None
    }
    key = _KEY.match(lines[-1].text)
    if key is None:
        raise Unread("has no key. Write a line such as ANSWER: B behind its options.")
    if "".join(texts) != _LETTERS[: len(texts)] or len(texts) + len(stem) + 1 != len(lines):
        raise Unread("must have its options as A. B. C. and so on, each once and on one line.")
    right = key[1].strip()
    if right not in texts:
        known = ", ".join(texts) or "none"
        raise Unread(
            f"has the key {right[:20]!r}, and the options {known}. Name one of them.",
            line=lines[-1].number,
        )
    options = tuple(
        Option(id=part_id(text), text=text, worth=ALL if letter == right else NOTHING)
        for letter, text in texts.items()
    )
    return Content(stem="\n".join(stem), body=Single(options=options))


def _mark(line: Line) -> bool:
    return bool(_OPTION.match(line.text) or _KEY.match(line.text))


def _written(stem: str, body: Single) -> str:
    lines = [
        f"{letter}. {_one_line(option.text)}"
        for letter, option in zip(_LETTERS, body.options, strict=False)
    ]
    key = _LETTERS[[option.worth == ALL for option in body.options].index(True)]
    words = _one_line(stem)
    if _mark(Line(0, words)):
        words = f" {words}"  # a line that begins with a blank is always a question's words
    return "\n".join([words, *lines, f"ANSWER: {key}", "", ""])


def _one_line(text: str) -> str:
    return " ".join(text.split())


@asynccontextmanager
async def open_format(_ambient: Ambient) -> AsyncIterator[QuestionFormat]:
    """The format behind entry point `homeroom.question_format`, name `aiken`."""
    yield Aiken()
