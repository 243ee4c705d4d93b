"""XML piece by piece: one element at a time, no declarations of its own, nothing from outside."""

import re
from collections.abc import Callable, Iterator
from typing import NoReturn
from xml.parsers import expat

import attrs

from homeroom.exams.ports.formats import LONGEST_PIECE, QuestionSource, UnreadableFile
from homeroom_adapters.formats.lines import TOO_LONG, portions

_DEEPEST = 30
_PORTION = 16_384
_LONGEST_NAME = 500
_UNKNOWN = "This XML is in an unknown encoding. Save it as UTF-8."
_NO_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """*text* without signs that XML has no way to write."""
    return _NO_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n").strip())


@attrs.define
class Element:
    """An element with what is in it."""

    name: str
    line: int
    attributes: dict[str, str] = attrs.Factory(dict[str, str])
    inside: "list[Element | str]" = attrs.Factory(list["Element | str"])
    """Elements and text, in the order in which they stand."""

    wrong: str = ""
    """Why it could not be read to its end."""

    @property
    def children(self) -> "list[Element]":
        return [one for one in self.inside if isinstance(one, Element)]

    @property
    def text(self) -> str:
        """What stands in it, but for what stands in its children."""
        return "".join(one for one in self.inside if isinstance(one, str))

    def named(self, name: str) -> "list[Element]":
        return [one for one in self.children if one.name == name]

    def text_at(self, *names: str) -> str:
        """The text of the first element on this way, empty where there is none."""
        here = self
        for name in names:
            there = here.named(name)
            if not there:
                return ""
            here = there[0]
        return here.text.strip()


def elements(
    source: QuestionSource, *way: str, called: Callable[[str], str] = str
) -> Iterator[Element]:
    """Every element at the end of *way*, whose first is the root, each name as it is *called*.

    What is not XML ends it, and is told as the last.

    Raises `UnreadableFile` for another root, and for any declaration of a document's type, which
    is where entities come from, and files of others.
    """
    reader = _Reader(way, called)
    try:
        for portion in portions(source, _PORTION):
            if not reader.feed(portion):
                break
            yield from reader.taken()
        reader.end()
        yield from reader.taken()
    finally:
        reader.let_go()


def expect_no_type(source: QuestionSource) -> None:
    """Raises `UnreadableFile` for XML that declares a document type. No more is read than that."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = _begin
    try:
        for seen, portion in enumerate(portions(source, _PORTION)):
            if seen * _PORTION > LONGEST_PIECE:
                return
            parser.Parse(portion, False)
    except (_Begun, expat.ExpatError):
        return
    except (LookupError, ValueError) as error:
        raise UnreadableFile(_UNKNOWN) from error


class _Begun(Exception):
    """The root was met, behind which no type can be declared."""


def _begin(*_said: object) -> NoReturn:
    raise _Begun


def _refuse(*_said: object) -> NoReturn:
    raise UnreadableFile(
        "This XML declares a document type (DOCTYPE). Take that out, and its entities."
    )


class _Reader:
    def __init__(self, way: tuple[str, ...], called: Callable[[str], str]) -> None:
        self._way, self._called = way, called
        self._above = len(way) - 1
        """So many elements stand around one that is being read."""

        self._come = 0
        """So many steps of the way lead to where we are."""

        self._path: list[Element] = []
        self._depth, self._size, self._unseen = 0, 0, 0
        self._found: list[Element] = []
        self._ended = False
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse
        parser.EntityDeclHandler = _refuse
        parser.ExternalEntityRefHandler = _refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def feed(self, portion: bytes) -> bool:
        """Whether there is any use in reading on."""
        self._unseen += len(portion)
        self._parse(portion, is_last=False)
        if self._unseen > LONGEST_PIECE:
            self._give_up(f"holds a sign that {TOO_LONG}")
        return not self._ended

    def end(self) -> None:
        if not self._ended:
            self._parse(b"", is_last=True)

    def let_go(self) -> None:
        """The parser knows us, and we know it: nobody else would ever part us at once."""
        parser = self._parser
        parser.StartElementHandler = parser.EndElementHandler = parser.CharacterDataHandler = None
        parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = None
        parser.ExternalEntityRefHandler = None

    def taken(self) -> list[Element]:
        taken, self._found = self._found, []
        return taken

    def _parse(self, portion: bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(portion, is_last)
        except expat.ExpatError as error:
            said = expat.ErrorString(error.code)
            self._give_up(f"is no XML from here on: {said}. Mend it, and bring it in again.")
        except (LookupError, ValueError) as error:
            raise UnreadableFile(_UNKNOWN) from error

    def _give_up(self, why: str) -> None:
        self._found.append(
            Element(self._way[-1], max(1, self._parser.CurrentLineNumber), wrong=why)
        )
        self._ended = True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._unseen = 0
        self._depth += 1
        if max(len(name), *map(len, attributes), 0) > _LONGEST_NAME:
            raise UnreadableFile(f"This XML has names of more than {_LONGEST_NAME} characters.")
        name, root = self._called(name), self._way[0]
        if self._depth == 1 and name != root:
            raise UnreadableFile(f"This XML is <{name[:40]}> and must be <{root}>.")
        if self._come == self._depth - 1 < len(self._way) and name == self._way[self._come]:
            self._come += 1
            if self._come == len(self._way):
                self._path, self._size = [self._element(name, attributes)], 0
        elif self._is_kept(self._depth - 1, len(name) + sum(map(len, attributes.values()))):
            element = self._element(name, attributes)
            self._path[-1].inside.append(element)
            self._path.append(element)

    def _element(self, name: str, attributes: dict[str, str]) -> Element:
        named = {self._called(key): value for key, value in attributes.items()}
        return Element(name, self._parser.CurrentLineNumber, named)

    def _end(self, _name: str) -> None:
        self._unseen = 0
        if self._path and len(self._path) == self._depth - self._above:
            closed = self._path.pop()
            if not self._path:
                self._found.append(closed)
        self._come = min(self._come, self._depth - 1)
        self._depth -= 1

    def _text(self, text: str) -> None:
        self._unseen = 0
        if self._is_kept(self._depth, len(text)):
            self._path[-1].inside.append(text)

    def _is_kept(self, depth: int, size: int) -> bool:
        """Whether what comes at *depth* still has a place. An element too large is let go of."""
        if not self._path or len(self._path) != depth - self._above:
            return False
        whole = self._path[0]
        self._size += size + 1
        if self._size > LONGEST_PIECE:
            whole.wrong = TOO_LONG
        if depth > _DEEPEST:
            whole.wrong = "is nested too deeply. Unnest it."
        if whole.wrong:
            whole.inside.clear()
        return not whole.wrong
