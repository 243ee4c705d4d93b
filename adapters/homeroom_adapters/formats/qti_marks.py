"""How an item of QTI is marked: what is right, what it is worth, and by which rules."""

from collections.abc import Iterator, Mapping
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import ALL, NOTHING
from homeroom_adapters.formats.lines import Unread
from homeroom_adapters.formats.numbers import number_of
from homeroom_adapters.formats.xml_parts import Element

_MATCHED, _MAPPED = "match", "map"
_TEMPLATES = {
    "match_correct": _MATCHED,
    "CC2_match": _MATCHED,
    "CC2_match_basic": _MATCHED,
    "map_response": _MAPPED,
    "CC2_map_response": _MAPPED,
}
_EXACT, _FINEST = Fraction(1, 10**11), 10_000
_CLOSE, _PLAINEST = Fraction(1, 20_000), 12
_PLAIN_RULES = {
    *("responseCondition", "responseIf", "responseElse", "responseElseIf", "setOutcomeValue"),
    *("baseValue", "variable", "correct", "match", "mapResponse", "isNull", "not", "sum"),
}


def number_at(element: Element, name: str) -> Fraction | None:
    """Raises `Unread`."""
    text = element.attributes.get(name, "").strip()
    return Fraction(number_of(text)) if text else None


def plain_share(exact: Fraction) -> Fraction:
    """A third is often written 0.33333, and is a third."""
    for finest, close in ((_PLAINEST, _CLOSE), (_FINEST, _EXACT)):
        plain = exact.limit_denominator(finest)
        if abs(plain - exact) <= close:
            return plain
    return exact


@attrs.frozen(kw_only=True)
class Marks:
    """What a declaration says of the answers to its interaction."""

    base_type: str
    cardinality: str
    right: tuple[str, ...]
    worths: Mapping[str, Fraction]
    """What the mapping gives for each answer."""

    cases: frozenset[str]
    """Whether capitals matter, as the entries of the mapping have it."""

    default: Fraction
    most: Fraction | None

    def shares(self, known: list[str]) -> Mapping[str, Fraction]:
        """What each of *known* is worth where all marks are 1. Raises `Unread`."""
        marks = {one: self.worths.get(one, self.default) for one in known}
        best = sum((worth for worth in marks.values() if worth > 0), start=NOTHING)
        if self.cardinality == "single":
            best = max(marks.values(), default=NOTHING)
        if self.most is not None and plain_share(self.most) < plain_share(best):
            raise Unread(
                f"gives {best} marks for its key but at most {self.most}. Make them alike."
            )
        if best <= 0:
            raise Unread("has no answer that is worth a mark. Give one a value above 0.")
        scale = ALL if plain_share(best) == ALL else best
        return {one: max(-ALL, plain_share(worth / scale)) for one, worth in marks.items()}


def marks_of(item: Element, interaction: Element) -> Marks:
    """Raises `Unread`."""
    wanted = interaction.attributes.get("responseIdentifier", "")
    for declared in item.named("responseDeclaration"):
        if declared.attributes.get("identifier") == wanted:
            return _marks(declared)
    raise Unread(f"declares no response {wanted[:40]!r}. Add its responseDeclaration.")


def _marks(declared: Element) -> Marks:
    values = (one for group in declared.named("correctResponse") for one in group.named("value"))
    mapping = (declared.named("mapping") or [Element("mapping", declared.line)])[0]
    entries = mapping.named("mapEntry")
    worths = {
        one.attributes.get("mapKey", ""): number_at(one, "mappedValue") or NOTHING
        for one in entries
    }
    return Marks(
        base_type=declared.attributes.get("baseType", "identifier"),
        cardinality=declared.attributes.get("cardinality", "single"),
        right=tuple(" ".join(one.text.split()) for one in values),
        worths=worths,
        cases=frozenset(one.attributes.get("caseSensitive", "false") for one in entries),
        default=number_at(mapping, "defaultValue") or NOTHING,
        most=number_at(mapping, "upperBound"),
    )


def is_mapped(item: Element, marks: Marks) -> bool:
    """Whether the mapping marks, or else the key alone. Raises `Unread` if something else does."""
    processing = item.named("responseProcessing")
    if not processing:
        return not marks.right
    if template := processing[0].attributes.get("template", ""):
        last = template.rpartition("/")[2].removesuffix(".xml")
        if last not in _TEMPLATES:
            raise Unread(f"is marked by {last[:40]!r}, which is not known. Use match_correct.")
        return _TEMPLATES[last] == _MAPPED
    used = {name for rule in scoring(item) for name in _names(rule)}
    if not used:
        return not marks.right
    if used <= _PLAIN_RULES and ("mapResponse" in used) != ("correct" in used):
        return "mapResponse" in used
    raise Unread("is marked by rules of its own, which cannot be kept. Use match_correct.")


def scoring(item: Element) -> list[Element]:
    """The rules that the score depends on, and not a remark alone."""
    remarks = set(_shown_by(item))
    rules = (rule for group in item.named("responseProcessing") for rule in group.children)
    return [rule for rule in rules if _outcomes(rule) - remarks]


def _shown_by(element: Element) -> Iterator[str]:
    if shown := element.attributes.get("outcomeIdentifier"):
        yield shown
    for one in element.children:
        yield from _shown_by(one)


def _outcomes(element: Element) -> set[str]:
    own = set[str]()
    if element.name == "setOutcomeValue":
        own = {element.attributes.get("identifier", "")}
    return own.union(*map(_outcomes, element.children))


def _names(element: Element) -> Iterator[str]:
    yield element.name
    for one in element.children:
        yield from _names(one)
