"""JSON: a list of questions, or one after the other, with all that we keep of them."""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import attrs

from homeroom.exams.errors import BadQuestion
from homeroom.exams.model.answers import Kind
from homeroom.exams.model.notation import content_said, read_content
from homeroom.exams.ports.formats import (
    LONGEST_PIECE,
    Found,
    Holds,
    QuestionFormat,
    QuestionSource,
    Sheet,
    Trait,
    UnreadableFile,
)
from homeroom.kernel.codec import Ambient
from homeroom_adapters.formats.lines import (
    NO_TEXT,
    NOT_UTF8,
    TOO_LONG,
    Unread,
    broken,
    checked,
    portions,
)

_SIGN = re.compile(rb'["\\{}\n]')
_MARK = b"\xef\xbb\xbf"
_NO_TEXT = re.compile("[\0\ud800-\udfff]")
_OWN = ("reference", "objective")
_UNCLOSED = "is not closed: a quote or a brace is missing. Mend it, and bring it in again."

_write = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


class JsonFile:
    """Objects in braces, each a question. What stands around them may be a list, or nothing."""

    endings = (".json", ".jsonl")
    media_type = "application/json"
    holds = Holds(kinds=frozenset(Kind), traits=frozenset(Trait))

    def read(self, source: QuestionSource) -> Iterator[Found]:
        objects = _Objects()
        for portion in portions(source):
            for line, piece in objects.taken(portion):
                yield _found(line, piece)
        if objects.depth:
            yield broken(objects.line, _UNCLOSED)

    def write(self, sheets: Iterable[Sheet]) -> Iterator[bytes]:
        yield b"["
        separator = "\n"
        for sheet in sheets:
            own = {"reference": sheet.reference, "objective": sheet.objective}
            named = {name: said for name, said in own.items() if said}
            yield (separator + _write({**named, **content_said(sheet.content)})).encode()
            separator = ",\n"
        yield b"\n]\n"


@attrs.define
class _Objects:
    """Cuts a file into what stands in the outermost braces, without understanding it."""

    depth: int = 0
    line: int = 1
    """Where the object begins that is being read."""

    _at: int = 1
    _kept: bytes = b""
    _in_string: bool = False
    _escaped: bool = False
    """Whether the next byte stands for itself."""

    _has_begun: bool = False

    def taken(self, portion: bytes) -> Iterator[tuple[int, bytes]]:
        """The objects that end in *portion*, each with its line; none is ended before its time.

        Raises `UnreadableFile` for what begins neither with a list nor with an object.
        """
        self._expect_json(portion)
        start, passed = 0, 0 if self._escaped else -1
        for sign in _SIGN.finditer(portion):
            if sign.start() == passed:
                continue
            passed = sign.end() if self._in_string and sign[0] == b"\\" else -1
            was = self.depth
            self._step(sign[0])
            if self.depth and not was:
                start, self._kept = sign.start(), b""
            elif was and not self.depth:
                yield self.line, self._cut(portion[start : sign.end()])
        self._escaped = passed == len(portion)
        if self.depth:
            self._kept = self._cut(portion[start:])

    def _step(self, sign: bytes) -> None:
        if sign == b"\n":
            self._at += 1
            if self._in_string:  # no text of JSON has a line's end in it: a quote is missing
                self._in_string, self.depth = False, 0
        elif sign == b'"':
            self._in_string = not self._in_string
        elif self._in_string:
            return
        elif sign == b"{":
            self.line = self.line if self.depth else self._at
            self.depth += 1
        elif sign == b"}":
            self.depth = max(0, self.depth - 1)

    def _cut(self, end: bytes) -> bytes:
        """What was kept and *end*, as far as it is needed to see that it is too long."""
        if len(self._kept) > LONGEST_PIECE:
            return self._kept
        return (self._kept + end)[: LONGEST_PIECE + 1]

    def _expect_json(self, portion: bytes) -> None:
        head = portion if self._has_begun else portion.removeprefix(_MARK).lstrip()
        if head and not self._has_begun:
            self._has_begun = True
            if head[:1] not in b"[{":
                raise UnreadableFile("This file is no JSON in UTF-8. It must begin with [ or {.")


def _found(line: int, piece: bytes) -> Found:
    try:
        said = _read(line, piece)
        own = [said.pop(name, None) for name in _OWN]
        if not all(one is None or isinstance(one, str) for one in own):
            raise Unread("must be a text, or be left out", field=" and ".join(_OWN))
        content = read_content(said)
    except Unread as error:
        return broken(error.line or line, error.message, error.field)
    except BadQuestion as error:
        return Found(line=line, problems=tuple(error.problems))
    return checked(line, Sheet(content=content, reference=own[0], objective=own[1] or ""))


def _read(line: int, piece: bytes) -> dict[str, Any]:
    """Raises `Unread`."""
    if len(piece) > LONGEST_PIECE:
        raise Unread(TOO_LONG)
    try:
        said: dict[str, Any] = json.loads(piece.decode())
    except UnicodeDecodeError:
        raise Unread(NOT_UTF8) from None
    except json.JSONDecodeError as error:
        at = line + error.lineno - 1
        raise Unread(f"is no JSON: {error.msg}. Mend it.", line=at) from error
    except (ValueError, RecursionError) as error:
        raise Unread("is no JSON: a number is too large, or it is nested too deeply.") from error
    if any(_NO_TEXT.search(text) for text in _texts(said)):
        raise Unread(NO_TEXT)
    return said


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        yield from said
        for one in said.values():
            yield from _texts(one)
    elif isinstance(said, list):
        for one in said:
            yield from _texts(one)


@asynccontextmanager
async def open_format(_ambient: Ambient) -> AsyncIterator[QuestionFormat]:
    """The format behind entry point `homeroom.question_format`, name `json`."""
    yield JsonFile()
