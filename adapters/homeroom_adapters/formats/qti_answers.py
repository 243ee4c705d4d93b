"""What an interaction of QTI asks for, as a kind of question of ours."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import ALL, NOTHING
from homeroom.exams.model.arranged import Matching, Ordering, Part
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Marking, Multiple, Option, Single, TrueFalse
from homeroom.exams.model.written import Accepted, Numeric, ShortAnswer
from homeroom_adapters.formats import qti_rules as rules
from homeroom_adapters.formats.lines import Unread
from homeroom_adapters.formats.qti_marks import Marks, is_mapped, plain_share, scoring
from homeroom_adapters.formats.qti_ranges import ranges
from homeroom_adapters.formats.qti_text import text_of
from homeroom_adapters.formats.qti_words import id_in, shape
from homeroom_adapters.formats.xml_parts import Element

_CHOICES = {"simpleChoice", "inlineChoice", "simpleAssociableChoice"}
_NUMBERS = {"float", "integer"}
_TRUTHS = ["true", "false"]


@attrs.frozen(kw_only=True)
class Asked:
    """An interaction, with all of its item that bears on it."""

    item: Element
    interaction: Element
    marks: Marks
    hints: Mapping[str, str]
    explanations: Sequence[str]

    def hint(self, called: str) -> str:
        return self.hints.get(called, "")

    def own(self, called: str, prefix: str = "i.") -> str:
        """The id of what is *called* so."""
        return id_in(self.item, called, prefix)


def choice(asked: Asked) -> Body:
    """Raises `Unread`."""
    choices = list(_choices(asked.interaction))
    only_one = asked.interaction.attributes.get("maxChoices", "1") == "1"
    if asked.marks.cardinality == "multiple" and not (only_one and len(asked.marks.right) == 1):
        return _multiple(asked, choices)
    names = [name for name, _ in choices]
    if is_mapped(asked.item, asked.marks):
        worths = asked.marks.shares(names)
    else:
        worths = {name: Fraction(name in asked.marks.right) for name in names}
    if [(name, text.lower()) for name, text in choices] == [(it, it) for it in _TRUTHS] and (
        set(worths.values()) == {ALL, NOTHING}
    ):
        return TrueFalse(
            is_true=worths["true"] == ALL,
            why_true=asked.hint("true"),
            why_false=asked.hint("false"),
        )
    return Single(options=_options(asked, choices, worths))


def _multiple(asked: Asked, choices: list[tuple[str, str]]) -> Multiple:
    right = [name for name, _ in choices if name in asked.marks.right]
    worths = {name: plain_share(asked.marks.worths.get(name, NOTHING)) for name, _ in choices}
    named = {name for name, worth in worths.items() if worth > 0}
    if named != set(right) or max(map(abs, worths.values()), default=NOTHING) > ALL:
        worths = {name: Fraction(name in right, max(1, len(right))) for name, _ in choices}
    body = Multiple(options=_options(asked, choices, worths))
    for marking in (Marking.EVERY_DECISION, Marking.HALVES):
        marked = attrs.evolve(body, marking=marking)
        if body.options and _says(asked.item, rules.chosen(marked)):
            return marked
    if not is_mapped(asked.item, asked.marks):
        return body
    shares = asked.marks.shares([name for name, _ in choices])
    return Multiple(options=_options(asked, choices, shares), marking=Marking.WEIGHTED)


def _says(item: Element, wanted: list[Element]) -> bool:
    """Whether *item* is marked by these very rules."""
    return [*map(shape, scoring(item))] == [*map(shape, wanted)]


def _options(
    asked: Asked, choices: list[tuple[str, str]], worths: Mapping[str, Fraction]
) -> tuple[Option, ...]:
    return tuple(
        Option(id=asked.own(name), text=text, worth=worths[name], explanation=asked.hint(name))
        for name, text in choices
    )


def written(asked: Asked) -> Body:
    """Raises `Unread`."""
    if asked.marks.base_type in _NUMBERS:
        found = ranges(asked.item, asked.marks)
        told = (asked.hint(f"answer.{number}") for number in range(len(found)))
        named = zip(found, told, strict=True)
        return Numeric(ranges=tuple(attrs.evolve(one, explanation=hint) for one, hint in named))
    if asked.marks.base_type != "string":
        raise Unread(f"wants a {asked.marks.base_type[:40]}. A string or a float can be kept.")
    if not is_mapped(asked.item, asked.marks):
        texts = dict.fromkeys(asked.marks.right, ALL)
        return ShortAnswer(accepted=_accepted(asked, texts), case_matters=True)
    if asked.marks.default > 0 or len(asked.marks.cases) > 1:
        raise Unread(
            "marks texts that it does not name, or capitals of some only. Make it one way."
        )
    return ShortAnswer(
        accepted=_accepted(asked, asked.marks.shares(list(asked.marks.worths))),
        case_matters=asked.marks.cases == {"true"},
    )


def _accepted(asked: Asked, worths: Mapping[str, Fraction]) -> tuple[Accepted, ...]:
    return tuple(
        Accepted(text=text.strip(), worth=worth, explanation=asked.hint(f"answer.{number}"))
        for number, (text, worth) in enumerate(worths.items())
        if worth > 0
    )


def matching(asked: Asked) -> Body:
    """Raises `Unread`."""
    sets = asked.interaction.named("simpleMatchSet")
    if len(sets) != 2:
        raise Unread("must have two sets (simpleMatchSet), of which the first is matched.")
    premises, targets = (list(_choices(one)) for one in sets)
    return _matched(asked, premises, targets)


def paired(asked: Asked) -> Body:
    """Where any two may go together, the first of each pair asks for the second."""
    firsts = {first for first, _ in _pairs(asked)}
    choices = list(_choices(asked.interaction))
    asking = [one for one in choices if one[0] in firsts]
    return _matched(asked, asking, [one for one in choices if one[0] not in firsts])


def _matched(
    asked: Asked, premises: list[tuple[str, str]], targets: list[tuple[str, str]]
) -> Matching:
    pairs = _pairs(asked)
    wanted = dict(pairs)
    known = {name for name, _ in targets}
    if len(wanted) != len(pairs) or {name for name, _ in premises} != set(wanted):
        raise Unread("must give each of the first set one of the second. Mend correctResponse.")
    if not known.issuperset(wanted.values()):
        raise Unread("pairs what does not stand in its two sets. Mend correctResponse.")
    return Matching(
        premises=_parts(asked, premises, "p."),
        targets=_parts(asked, targets, "t."),
        pairs=tuple(asked.own(wanted[name], "t.") for name, _ in premises),
    )


def _pairs(asked: Asked) -> list[tuple[str, str]]:
    is_mapped(asked.item, asked.marks)  # tells of rules that cannot be kept
    mapped = [one for one, worth in asked.marks.worths.items() if worth > 0]
    pairs = [tuple(one.split()) for one in asked.marks.right or mapped]
    if not pairs or any(len(one) != 2 for one in pairs):
        raise Unread("names no pairs that are right. Write two identifiers with a blank between.")
    return [(one[0], one[1]) for one in pairs]


def ordering(asked: Asked) -> Body:
    """Raises `Unread`."""
    if is_mapped(asked.item, asked.marks):
        raise Unread("gives no order that is right. Write it in correctResponse.")
    texts = dict(_choices(asked.interaction))
    if sorted(asked.marks.right) != sorted(texts):
        raise Unread("must have each of its items in correctResponse, once.")
    return Ordering(items=_parts(asked, [(one, texts[one]) for one in asked.marks.right], "i."))


def _parts(asked: Asked, named: list[tuple[str, str]], prefix: str) -> tuple[Part, ...]:
    return tuple(Part(id=asked.own(name, prefix), text=text) for name, text in named)


def _choices(element: Element) -> Iterator[tuple[str, str]]:
    for one in element.children:
        if one.name in _CHOICES:
            yield one.attributes.get("identifier", ""), text_of(one)
