"""One question as Moodle's XML has it."""

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import ALL
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Marking, Multiple, Option, Single, TrueFalse
from homeroom.exams.model.questions import Content
from homeroom.exams.model.written import Accepted, Numeric, Range, ShortAnswer
from homeroom.exams.ports.formats import Sheet, part_id
from homeroom_adapters.formats.html_text import text_of
from homeroom_adapters.formats.lines import Unread
from homeroom_adapters.formats.numbers import number_of, share_in
from homeroom_adapters.formats.pairs import matching, ordering
from homeroom_adapters.formats.xml_parts import Element

_YES = {"1", "true"}


def sheet(element: Element, objective: str) -> Sheet:
    """Raises `Unread`."""
    kind = element.attributes.get("type", "")
    if kind not in _BODIES:
        known = ", ".join(_BODIES)
        raise Unread(f"is of the type {kind[:40]!r}, which cannot be kept. These can: {known}.")
    if _holds_files(element):
        raise Unread("has files in it, such as pictures, which cannot be kept. Take them out.")
    tags = (tag.text_at("text") for group in element.named("tags") for tag in group.named("tag"))
    content = Content(
        stem=_text(element, "questiontext"),
        body=_BODIES[kind](element),
        explanation=_text(element, "generalfeedback"),
        tags=frozenset(filter(None, tags)),
    )
    reference = element.text_at("idnumber") or None
    return Sheet(content=content, reference=reference, objective=objective)


def _multichoice(element: Element) -> Body:
    options = tuple(
        Option(id=part_id(text), text=text, worth=worth, explanation=hint)
        for worth, text, hint in _answers(element)
    )
    if element.text_at("single") in {"", *_YES}:
        return Single(options=options)
    return Multiple(options=options, marking=Marking.WEIGHTED)


def _true_false(element: Element) -> Body:
    hints = {text.lower(): (worth, hint) for worth, text, hint in _answers(element)}
    if hints.keys() != {"true", "false"} or hints["true"][0] == hints["false"][0]:
        raise Unread("must have the answers true and false, one of them worth 100.")
    return TrueFalse(
        is_true=hints["true"][0] == ALL, why_true=hints["true"][1], why_false=hints["false"][1]
    )


def _short_answer(element: Element) -> Body:
    return ShortAnswer(
        accepted=tuple(
            Accepted(text=text, worth=worth, explanation=hint)
            for worth, text, hint in _answers(element)
        ),
        case_matters=element.text_at("usecase") in _YES,
    )


def _numerical(element: Element) -> Body:
    return Numeric(ranges=tuple(_range(one) for one in element.named("answer")))


def _range(answer: Element) -> Range:
    middle, tolerance = answer.text_at("text"), answer.text_at("tolerance") or "0"
    around = Range.around(number_of(middle), number_of(tolerance), _worth(answer))
    return attrs.evolve(around, explanation=_text(answer, "feedback"))


def _matching(element: Element) -> Body:
    asked = element.named("subquestion")
    return matching((_own_text(one), one.text_at("answer", "text")) for one in asked)


def _ordering(element: Element) -> Body:
    """Where an item belongs stands where other questions have the share of the mark."""
    places = ((_place(one), _own_text(one)) for one in element.named("answer"))
    return ordering(text for _, text in sorted(places, key=lambda place: place[0]))


_BODIES: Mapping[str, Callable[[Element], Body]] = {
    "multichoice": _multichoice,
    "truefalse": _true_false,
    "shortanswer": _short_answer,
    "numerical": _numerical,
    "matching": _matching,
    "ordering": _ordering,
}


def _answers(element: Element) -> Iterator[tuple[Fraction, str, str]]:
    for answer in element.named("answer"):
        yield _worth(answer), _own_text(answer), _text(answer, "feedback")


def _worth(answer: Element) -> Fraction:
    return share_in(answer.attributes.get("fraction", "100"))


def _place(answer: Element) -> Fraction:
    return Fraction(number_of(answer.attributes.get("fraction", "")))


def _text(element: Element, name: str) -> str:
    found = element.named(name)
    return _own_text(found[0]) if found else ""


def _own_text(element: Element) -> str:
    text = element.text_at("text")
    return text_of(text) if element.attributes.get("format", "html") == "html" else text


def _holds_files(element: Element) -> bool:
    return any(one.name == "file" or _holds_files(one) for one in element.children)
