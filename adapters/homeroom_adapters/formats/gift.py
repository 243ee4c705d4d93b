"""GIFT: questions with their answers in braces, as Moodle and many others read them."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

import attrs

from homeroom.exams.model.answers import Kind
from homeroom.exams.model.questions import Content
from homeroom.exams.ports.formats import (
    LONGEST_PIECE,
    Found,
    Holds,
    QuestionFormat,
    QuestionSource,
    Sheet,
    Trait,
)
from homeroom.kernel.codec import Ambient
from homeroom_adapters.formats import gift_reading, gift_writing
from homeroom_adapters.formats.lines import (
    TOO_LONG,
    Line,
    Unread,
    broken,
    checked,
    last_step,
    lines_of,
)

_CATEGORY = "$CATEGORY:"


class Gift:
    """Questions are apart by an empty line; `[id:…]` and `[tag:…]` stand in comments."""

    endings = (".gift", ".gift.txt")
    media_type = "text/plain"
    holds = Holds(
        kinds=frozenset(Kind) - {Kind.ORDERING},
        traits=frozenset(
            {
                *(Trait.EXPLANATION, Trait.HINTS, Trait.LINES, Trait.OBJECTIVE),
                *(Trait.REFERENCE, Trait.TAGS, Trait.WORTH),
            }
        ),
    )

    def read(self, source: QuestionSource) -> Iterator[Found]:
        objective = ""
        for block in _blocks(lines_of(source)):
            for place in block.places:
                objective = last_step(place)
            if block.wrong:
                yield block.wrong
            elif block.lines:
                yield _found(block, objective)

    def write(self, sheets: Iterable[Sheet]) -> Iterator[bytes]:
        objective = ""
        for sheet in sheets:
            if sheet.objective != objective:
                objective = sheet.objective
                yield f"{_CATEGORY} {objective}\n\n".encode()
            yield gift_writing.question(sheet).encode()


@attrs.define
class _Block:
    """The lines between two empty ones, sorted into what they are."""

    lines: list[Line] = attrs.Factory(list[Line])
    comments: list[str] = attrs.Factory(list[str])
    places: list[str] = attrs.Factory(list[str])
    wrong: Found | None = None
    length: int = 0

    def take(self, line: Line) -> None:
        self.length += len(line.text)
        text = line.text.lstrip()
        if line.wrong or self.length > LONGEST_PIECE:
            self.wrong = self.wrong or broken(line.number, line.wrong or TOO_LONG)
            self.lines.clear()
        elif text.startswith("//"):
            self.comments.append(text)
        elif text.startswith(_CATEGORY):
            self.places.append(text.removeprefix(_CATEGORY))
        elif self.wrong is None:
            self.lines.append(line)


def _blocks(lines: Iterator[Line]) -> Iterator[_Block]:
    block = _Block()
    for line in lines:
        if line.text.strip() or line.wrong:
            block.take(line)
        elif block.length or block.wrong:
            yield block
            block = _Block()
    yield block


def _found(block: _Block, objective: str) -> Found:
    first = block.lines[0].number
    try:
        read = gift_reading.question("\n".join(line.text for line in block.lines))
    except Unread as error:
        return broken(first, error.message)
    noted = "\n".join(block.comments)
    content = Content(
        stem=read.stem,
        body=read.body,
        explanation=read.explanation,
        tags=frozenset(gift_reading.noted(noted, "tag")),
    )
    reference = next(gift_reading.noted(noted, "id"), None)
    return checked(first, Sheet(content=content, reference=reference, objective=objective))


@asynccontextmanager
async def open_format(_ambient: Ambient) -> AsyncIterator[QuestionFormat]:
    """The format behind entry point `homeroom.question_format`, name `gift`."""
    yield Gift()
