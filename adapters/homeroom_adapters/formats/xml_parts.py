"""XML piece by piece: one element at a time, no declarations of its own, nothing from outside."""

from collections.abc import Iterator
from typing import NoReturn
from xml.parsers import expat

import attrs

from homeroom.exams.ports.formats import LONGEST_PIECE, QuestionSource, UnreadableFile
from homeroom_adapters.formats.lines import TOO_LONG, portions

_DEEPEST = 20


@attrs.define
class Element:
    """An element with what is in it."""

    name: str
    line: int
    attributes: dict[str, str] = attrs.Factory(dict[str, str])
    children: "list[Element]" = attrs.Factory(list["Element"])
    text: str = ""
    wrong: str = ""
    """Why it could not be read to its end."""

    pieces: list[str] = attrs.Factory(list[str])

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


def elements(source: QuestionSource, *, root: str, each: str) -> Iterator[Element]:
    """Every element *each* in *root*. What is not XML ends it, and is told as the last.

    Raises `UnreadableFile` for another root, and for any declaration of a document's type, which
    is where entities come from, and files of others.
    """
    reader = _Reader(root, each)
    for portion in portions(source):
        if not reader.feed(portion):
            break
        yield from reader.taken()
    reader.end()
    yield from reader.taken()


class _Reader:
    def __init__(self, root: str, each: str) -> None:
        self._root, self._each = root, each
        self._path: list[Element] = []
        self._depth, self._size, self._unseen = 0, 0, 0
        self._found: list[Element] = []
        self._ended = False
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse
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
            raise UnreadableFile("This XML is in an unknown encoding. Save it as UTF-8.") from error

    def _give_up(self, why: str) -> None:
        self._found.append(Element(self._each, max(1, self._parser.CurrentLineNumber), wrong=why))
        self._ended = True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._unseen = 0
        self._depth += 1
        line = self._parser.CurrentLineNumber
        if self._depth == 1 and name != self._root:
            raise UnreadableFile(f"This XML is <{name[:40]}> and must be <{self._root}>.")
        if self._depth == 2 and name == self._each:
            self._path, self._size = [Element(name, line, attributes)], 0
        elif self._is_kept(self._depth - 1, len(name) + sum(map(len, attributes.values()))):
            element = Element(name, line, attributes)
            self._path[-1].children.append(element)
            self._path.append(element)

    def _end(self, _name: str) -> None:
        self._unseen = 0
        if self._path and len(self._path) == self._depth - 1:
            closed = self._path.pop()
            closed.text = "".join(closed.pieces)
            closed.pieces.clear()
            if not self._path:
                self._found.append(closed)
        self._depth -= 1

    def _text(self, text: str) -> None:
        self._unseen = 0
        if self._is_kept(self._depth, len(text)):
            self._path[-1].pieces.append(text)

    def _is_kept(self, depth: int, size: int) -> bool:
        """Whether what comes at *depth* still has a place. An element too large is let go of."""
        if not self._path or len(self._path) != depth - 1:
            return False
        whole = self._path[0]
        self._size += size + 1
        if self._size > LONGEST_PIECE:
            whole.wrong = TOO_LONG
        if depth > _DEEPEST:
            whole.wrong = "is nested too deeply. Unnest it."
        if whole.wrong:
            whole.children.clear()
            whole.pieces.clear()
        return not whole.wrong

    def _refuse(self, *_said: object) -> NoReturn:
        raise UnreadableFile(
            "This XML declares a document type (DOCTYPE). Take that out, and its entities."
        )
