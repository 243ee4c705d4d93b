"""One question as an item of QTI has it."""

from collections.abc import Callable, Iterator, Mapping

import attrs

from homeroom.exams.model.bodies import Body
from homeroom.exams.model.questions import Content
from homeroom.exams.ports.formats import Sheet
from homeroom_adapters.formats.lines import Unread
from homeroom_adapters.formats.qti_answers import Asked, choice, matching, ordering, paired, written
from homeroom_adapters.formats.qti_marks import marks_of
from homeroom_adapters.formats.qti_metadata import About
from homeroom_adapters.formats.qti_rules import EXPLANATION
from homeroom_adapters.formats.qti_text import Words, text_of
from homeroom_adapters.formats.qti_writing import NAMELESS
from homeroom_adapters.formats.xml_parts import Element

_BODIES: Mapping[str, Callable[[Asked], Body]] = {
    "choiceInteraction": choice,
    "inlineChoiceInteraction": choice,
    "textEntryInteraction": written,
    "matchInteraction": matching,
    "associateInteraction": paired,
    "orderInteraction": ordering,
}
_TEMPLATED = ("templateDeclaration", "templateProcessing")
_REMARKS = ("modalFeedback", "feedbackInline", "feedbackBlock")


def sheet(item: Element, about: About) -> Sheet:
    """The question of *item*, of which the package tells *about*. Raises `Unread`."""
    if item.attributes.get("adaptive") == "true" or any(map(item.named, _TEMPLATED)):
        raise Unread("changes while it is answered, or is made anew each time: it cannot be kept.")
    bodies = item.named("itemBody")
    if not bodies:
        raise Unread("has no itemBody. Say there what it asks.")
    asked = _asked(item, bodies[0])
    read = _BODIES[asked.interaction.name](asked)
    words = Words()
    stem = words.read(bodies[0]) or item.attributes.get("title", "")
    if len(words.media) > 1:
        raise Unread("shows several pictures, of which one can be kept. Take the others out.")
    content = Content(
        stem=stem,
        body=read,
        explanation="\n".join(asked.explanations),
        difficulty=about.difficulty,
        tags=about.tags,
        sources=about.sources,
        media_url="".join(words.media),
    )
    return Sheet(content=content, reference=_reference(item, about), objective=about.objective)


def _asked(item: Element, body: Element) -> Asked:
    found = list(_interactions(body))
    if len(found) != 1:
        raise Unread(f"asks for {len(found)} answers. Make it one question for each of them.")
    (interaction,) = found
    if interaction.name not in _BODIES:
        known = ", ".join(_BODIES)
        raise Unread(f"is a {interaction.name[:40]}, which cannot be kept. These can: {known}.")
    hints, explanations = _remarks(item, interaction)
    return Asked(
        item=item,
        interaction=interaction,
        marks=marks_of(item, interaction),
        hints=hints,
        explanations=explanations,
    )


def _interactions(element: Element) -> Iterator[Element]:
    for one in element.children:
        if one.name.endswith("Interaction"):
            yield one
        else:
            yield from _interactions(one)


def _remarks(item: Element, interaction: Element) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """What is said to each answer, by what the answer is called, and what is said to all."""
    hints: dict[str, str] = {}
    explanations: list[str] = []
    answers = {one.attributes.get("identifier", "") for one in interaction.children}
    for remark in _remarks_in(item):
        called = remark.attributes.get("identifier", "")
        general = remark.attributes.get("outcomeIdentifier") == EXPLANATION
        is_hint = called in answers or called.startswith("answer.")
        text = text_of(_without_names(remark))
        if is_hint and not general and called not in hints:
            hints[called] = text
        elif text and text not in explanations:
            explanations.append(text)
    return hints, tuple(explanations)


def _without_names(remark: Element) -> Element:
    """As a block: a remark is read for itself, though a stem is read without it."""
    return attrs.evolve(remark, name="div")


def _remarks_in(element: Element) -> Iterator[Element]:
    for one in element.children:
        if one.name in _REMARKS:
            yield one
        elif one.name != "responseProcessing":
            yield from _remarks_in(one)


def _reference(item: Element, about: About) -> str | None:
    if about.reference:
        return about.reference
    called = item.attributes.get("identifier", "").strip()
    return None if called.startswith(NAMELESS) or not called else called
