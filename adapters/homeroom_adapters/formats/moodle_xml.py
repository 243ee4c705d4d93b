"""Moodle's XML: what Moodle keeps of a question, as far as we keep it too."""

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from homeroom.exams.model.answers import Kind
from homeroom.exams.ports.formats import (
    Found,
    Holds,
    QuestionFormat,
    QuestionSource,
    Sheet,
    Trait,
)
from homeroom.kernel.codec import Ambient
from homeroom_adapters.formats import moodle_reading, moodle_writing
from homeroom_adapters.formats.lines import Unread, broken, checked, last_step
from homeroom_adapters.formats.xml_parts import Element, elements


class MoodleXml:
    """One element for each question; categories tell the objective of those behind them."""

    endings = (".xml",)
    media_type = "application/xml"
    holds = Holds(
        kinds=frozenset(Kind),
        traits=frozenset(
            {
                *(Trait.CASE, Trait.EXPLANATION, Trait.HINTS, Trait.LINES, Trait.OBJECTIVE),
                *(Trait.REFERENCE, Trait.TAGS, Trait.WORTH),
            }
        ),
    )

    def read(self, source: QuestionSource) -> Iterator[Found]:
        objective = ""
        for element in elements(source, "quiz", "question"):
            if element.wrong:
                yield broken(element.line, element.wrong)
            elif element.attributes.get("type") == "category":
                objective = last_step(element.text_at("category", "text"))
            else:
                yield _found(element, objective)

    def write(self, sheets: Iterable[Sheet]) -> Iterator[bytes]:
        yield b'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
        objective = ""
        for sheet in sheets:
            if sheet.objective != objective:
                objective = sheet.objective
                yield moodle_writing.category(objective).encode()
            yield moodle_writing.question(sheet).encode()
        yield b"</quiz>\n"


def _found(element: Element, objective: str) -> Found:
    try:
        sheet = moodle_reading.sheet(element, objective)
    except Unread as error:
        return broken(element.line, error.message)
    return checked(element.line, sheet)


@asynccontextmanager
async def open_format(_ambient: Ambient) -> AsyncIterator[QuestionFormat]:
    """The format behind entry point `homeroom.question_format`, name `moodle_xml`."""
    yield MoodleXml()
