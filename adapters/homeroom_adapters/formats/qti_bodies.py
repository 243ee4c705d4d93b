"""What each kind of question is in QTI: its interaction, its key and how it is marked."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

import attrs

from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Marking, Multiple, Single, TrueFalse
from homeroom.exams.model.written import Numeric, ShortAnswer
from homeroom.exams.ports.formats import part_id
from homeroom_adapters.formats import qti_rules as rules
from homeroom_adapters.formats.numbers import plainly
from homeroom_adapters.formats.qti_rules import RESPONSE, share_text
from homeroom_adapters.formats.qti_text import flow
from homeroom_adapters.formats.qti_words import identifier_of, part
from homeroom_adapters.formats.xml_parts import Element, legal


@attrs.frozen(kw_only=True)
class Told:
    """What an item has of its own kind."""

    cardinality: str
    base_type: str
    right: Sequence[str]
    interaction: Element
    mapping: Element | None = None
    template: str = ""
    """What marks it; empty where only *rules* can say."""

    rules: Sequence[Element] = ()
    hints: Sequence[tuple[str, str]] = ()
    """Remarks, each with what it is called."""

    telling: Sequence[Element] = ()
    """Which of these remarks is shown."""


def told_of(body: Body) -> Told:  # noqa: PLR0911 - one for each kind
    match body:
        case Single():
            return _single(body)
        case Multiple():
            return _multiple(body)
        case TrueFalse():
            return _true_false(body)
        case ShortAnswer():
            return _short_answer(body)
        case Numeric():
            return _numeric(body)
        case Matching():
            return _matching(body)
        case Ordering():
            return _ordering(body)


def _single(body: Single) -> Told:
    options = [(identifier_of(one.id), one.text, one.worth) for one in body.options]
    is_plain = all(worth in {0, 1} for *_, worth in options)
    hints = [(identifier_of(one.id), one.explanation) for one in body.options if one.explanation]
    return Told(
        cardinality="single",
        base_type="identifier",
        right=[identifier_of(one) for one in body.key],
        interaction=_choices(options, most=1),
        mapping=None if is_plain else _mapping([(one, worth) for one, _, worth in options]),
        template="match_correct" if is_plain else "map_response",
        rules=rules.matched() if is_plain else rules.mapped(),
        hints=hints,
        telling=[rules.told_by_choice()] if hints else [],
    )


def _multiple(body: Multiple) -> Told:
    options = [(identifier_of(one.id), one.text, one.worth) for one in body.options]
    hints = [(identifier_of(one.id), one.explanation) for one in body.options if one.explanation]
    templates = {Marking.ALL_OR_NOTHING: "match_correct", Marking.WEIGHTED: "map_response"}
    return Told(
        cardinality="multiple",
        base_type="identifier",
        right=[identifier_of(one) for one in body.key],
        interaction=_choices(options, most=0),
        mapping=_mapping([(one, worth) for one, _, worth in options]),
        template=templates.get(body.marking, ""),
        rules=rules.chosen(body),
        hints=hints,
        telling=[rules.told_by_choice()] if hints else [],
    )


def _true_false(body: TrueFalse) -> Told:
    nothing = Fraction(0)
    given = [("true", body.why_true), ("false", body.why_false)]
    hints = [(name, hint) for name, hint in given if hint]
    return Told(
        cardinality="single",
        base_type="identifier",
        right=body.key,
        interaction=_choices(
            [("true", "True", nothing), ("false", "False", nothing)], most=1, shuffle="false"
        ),
        template="match_correct",
        rules=rules.matched(),
        hints=hints,
        telling=[rules.told_by_choice()] if hints else [],
    )


def _short_answer(body: ShortAnswer) -> Told:
    case = str(body.case_matters).lower()
    named = [(f"answer.{number}", one) for number, one in enumerate(body.accepted)]
    hints = [(name, one.explanation) for name, one in named if one.explanation]
    texts = ((name, legal(one.text)) for name, one in named if one.explanation)
    entries = [(legal(one.text), one.worth) for one in body.accepted]
    return Told(
        cardinality="single",
        base_type="string",
        right=[legal(one) for one in body.key],
        interaction=_entry(),
        mapping=_mapping(entries, caseSensitive=case),
        template="map_response",
        rules=rules.mapped(),
        hints=hints,
        telling=list(rules.told_by_text(texts)),
    )


def _numeric(body: Numeric) -> Told:
    named = [(f"answer.{number}", one) for number, one in enumerate(body.ranges)]
    hints = [(name, one.explanation) for name, one in named if one.explanation]
    explained = [(name, one) for name, one in named if one.explanation]
    best = [plainly((one.low + one.high) / 2) for one in body.ranges if one.worth == 1]
    return Told(
        cardinality="single",
        base_type="float",
        right=best[:1],
        interaction=_entry(),
        rules=list(rules.ranged(body)),
        hints=hints,
        telling=list(rules.told_by_range(explained)),
    )


def _matching(body: Matching) -> Told:
    share = Fraction(1, len(body.pairs))
    pairs = [f"p.{one.id} t.{to}" for one, to in zip(body.premises, body.pairs, strict=True)]
    premises = [_associable(f"p.{one.id}", one.text, most=1) for one in body.premises]
    targets = [_associable(f"t.{one.id}", one.text, most=0) for one in body.targets]
    interaction = part(
        "matchInteraction",
        part("simpleMatchSet", *premises),
        part("simpleMatchSet", *targets),
        responseIdentifier=RESPONSE,
        shuffle="true",
        maxAssociations=str(len(premises)),
    )
    return Told(
        cardinality="multiple",
        base_type="directedPair",
        right=pairs,
        interaction=interaction,
        mapping=_mapping([(pair, share) for pair in pairs]),
        template="map_response",
        rules=rules.mapped(),
    )


def _ordering(body: Ordering) -> Told:
    """The items stand in an order that tells nothing, for players that do not shuffle."""
    items = sorted(body.items, key=lambda one: part_id(one.text))
    choices = (
        part("simpleChoice", *flow(it.text), identifier=identifier_of(it.id)) for it in items
    )
    return Told(
        cardinality="ordered",
        base_type="identifier",
        right=[identifier_of(one) for one in body.key],
        interaction=part("orderInteraction", *choices, responseIdentifier=RESPONSE, shuffle="true"),
        template="match_correct",
        rules=rules.matched(),
    )


def _choices(
    options: Iterable[tuple[str, str, Fraction]], *, most: int, shuffle: str = "true"
) -> Element:
    choices = (part("simpleChoice", *flow(text), identifier=name) for name, text, _ in options)
    return part(
        "choiceInteraction",
        *choices,
        responseIdentifier=RESPONSE,
        shuffle=shuffle,
        maxChoices=str(most),
    )


def _associable(called: str, text: str, *, most: int) -> Element:
    return part("simpleAssociableChoice", *flow(text), identifier=called, matchMax=str(most))


def _entry() -> Element:
    return part("p", part("textEntryInteraction", responseIdentifier=RESPONSE))


def _mapping(entries: Iterable[tuple[str, Fraction]], **more: str) -> Element:
    told = (
        part("mapEntry", mapKey=key, mappedValue=share_text(worth), **more)
        for key, worth in entries
    )
    return part("mapping", *told, lowerBound="0", upperBound="1", defaultValue="0")
