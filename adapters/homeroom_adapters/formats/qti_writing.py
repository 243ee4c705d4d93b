"""One question as an item of QTI, written."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from mimetypes import guess_type

from homeroom.exams.ports.formats import Sheet
from homeroom_adapters.formats.qti_bodies import Told, told_of
from homeroom_adapters.formats.qti_rules import ERRORS, EXPLANATION, FEEDBACK, RESPONSE, SCORE
from homeroom_adapters.formats.qti_text import blocks, flow
from homeroom_adapters.formats.qti_words import OURS, Dialect, part
from homeroom_adapters.formats.xml_parts import Element

NAMELESS, RENAMED = "nameless.", "named."
"""How identifiers begin of questions that have no reference, or one that is no identifier."""

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_LONGEST_TITLE = 80


def identifier(sheet: Sheet, number: int) -> str:
    """What the item is called; *number* is its place in the package."""
    if not sheet.reference:
        return f"{NAMELESS}{number}"
    plain = _IDENTIFIER.fullmatch(sheet.reference)
    if plain and not sheet.reference.startswith((NAMELESS, RENAMED)):
        return sheet.reference
    return f"{RENAMED}{hashlib.sha256(sheet.reference.encode()).hexdigest()[:32]}"


def item(sheet: Sheet, called: str, dialect: Dialect) -> str:
    """A file of its own."""
    content = sheet.content
    told = told_of(content.body)
    explanation = [(EXPLANATION.lower(), content.explanation)] if content.explanation else []
    whole = part(
        "assessmentItem",
        _declaration(told),
        *_outcomes(told, explains=bool(explanation)),
        part("itemBody", *blocks(content.stem), *_media(content.media_url), told.interaction),
        _processing(told, dialect),
        *_remarks(told.hints, FEEDBACK, dialect),
        *_remarks(explanation, EXPLANATION, dialect),
        xmlns=dialect.namespace,
        identifier=called,
        title=" ".join(content.stem.split())[:_LONGEST_TITLE],
        adaptive="false",
        timeDependent="false",
        toolName=OURS,
    )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{dialect.text(whole)}\n'


def _declaration(told: Told) -> Element:
    right = part("correctResponse", *(part("value", one) for one in told.right))
    return part(
        "responseDeclaration",
        right,
        *([told.mapping] if told.mapping else []),
        identifier=RESPONSE,
        cardinality=told.cardinality,
        baseType=told.base_type,
    )


def _outcomes(told: Told, *, explains: bool) -> Iterator[Element]:
    yield _outcome(SCORE, "float", "0")
    yield _outcome("MAXSCORE", "float", "1")
    if any(ERRORS in _outcomes_set(one) for one in told.rules):
        yield _outcome(ERRORS, "float", "0")
    if told.hints:
        cardinality = "multiple" if told.cardinality == "multiple" else "single"
        yield part(
            "outcomeDeclaration",
            identifier=FEEDBACK,
            cardinality=cardinality,
            baseType="identifier",
        )
    if explains:
        yield _outcome(EXPLANATION, "identifier", EXPLANATION.lower())


def _outcomes_set(element: Element) -> set[str]:
    own = {element.attributes["identifier"]} if element.name == "setOutcomeValue" else set()
    return own.union(*map(_outcomes_set, element.children))


def _outcome(called: str, base_type: str, default: str) -> Element:
    return part(
        "outcomeDeclaration",
        part("defaultValue", part("value", default)),
        identifier=called,
        cardinality="single",
        baseType=base_type,
    )


def _processing(told: Told, dialect: Dialect) -> Element:
    if told.template and not told.telling:
        return part("responseProcessing", template=dialect.template(told.template))
    return part("responseProcessing", *told.rules, *told.telling)


def _remarks(
    remarks: Iterable[tuple[str, str]], outcome: str, dialect: Dialect
) -> Iterator[Element]:
    for called, text in remarks:
        inside = [part("contentBody", *flow(text))] if dialect.dashes else flow(text)
        yield part(
            "modalFeedback",
            *inside,
            outcomeIdentifier=outcome,
            identifier=called,
            showHide="show",
        )


def _media(url: str) -> Iterator[Element]:
    if url:
        kind = guess_type(url)[0] or "application/octet-stream"
        yield part("p", part("object", data=url, type=kind))
