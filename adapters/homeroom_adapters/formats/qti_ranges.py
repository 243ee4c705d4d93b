"""Which numbers an item of QTI counts as right, as far as its rules say so plainly."""

from decimal import Decimal
from fractions import Fraction

import attrs

from homeroom.exams.model.answers import ALL
from homeroom.exams.model.written import Range
from homeroom_adapters.formats.lines import Unread
from homeroom_adapters.formats.numbers import number_of
from homeroom_adapters.formats.qti_marks import Marks, plain_share, scoring
from homeroom_adapters.formats.xml_parts import Element

_UNKEPT = "counts numbers by rules of its own, which cannot be kept. Use equal, or gte with lte."


def ranges(item: Element, marks: Marks) -> tuple[Range, ...]:
    """Raises `Unread`."""
    found = [one for one in _found(item, marks) if one.worth > 0]
    best = max((one.worth for one in found), default=ALL)
    return tuple(attrs.evolve(one, worth=plain_share(one.worth / best)) for one in found)


def _found(item: Element, marks: Marks) -> list[Range]:
    rules = scoring(item)
    if not rules and marks.worths:
        return [_exactly(number, worth) for number, worth in marks.worths.items()]
    if not rules:
        return [_exactly(number, ALL) for number in marks.right]
    if any(one.name == "mapResponse" for rule in rules for one in _all(rule)):
        return [_exactly(number, worth) for number, worth in marks.worths.items()]
    return [one for rule in rules for one in _ranges(rule, marks)]


def _exactly(number: str, worth: Fraction) -> Range:
    return Range.around(number_of(number), Decimal(0), worth)


def _ranges(rule: Element, marks: Marks) -> list[Range]:
    """Each step of *rule* that sets a score by a condition."""
    if rule.name != "responseCondition":
        raise Unread(_UNKEPT)
    steps = [one for one in rule.children if one.name != "responseElse"]
    for otherwise in rule.named("responseElse"):
        if any(_score(one) > 0 for one in otherwise.named("setOutcomeValue")):
            raise Unread(_UNKEPT)
    return [found for step in steps for found in _step(step, marks)]


def _step(step: Element, marks: Marks) -> list[Range]:
    condition, *rest = step.children or [Element("", 0)]
    if condition.name == "isNull":
        return []
    worth = max((_score(one) for one in rest if one.name == "setOutcomeValue"), default=ALL)
    return [attrs.evolve(one, worth=worth) for one in _counted(condition, marks)]


def _score(rule: Element) -> Fraction:
    """The number that is set, or of which the best is taken."""
    for one in _all(rule):
        if one.name == "baseValue":
            return Fraction(number_of(one.text))
    raise Unread(_UNKEPT)


def _counted(condition: Element, marks: Marks) -> list[Range]:
    """Raises `Unread`."""
    said = {one.name for one in condition.children}
    if condition.name == "and" and said == {"gte", "lte"} and len(condition.children) == 2:
        ends = {one.name: _numbers(one, marks)[0] for one in condition.children}
        return [Range(low=ends["gte"], high=ends["lte"])]
    if condition.name == "match":
        return [Range.around(one, Decimal(0)) for one in _numbers(condition, marks)]
    if condition.name == "equal":
        return [_equal(one, condition) for one in _numbers(condition, marks)]
    raise Unread(_UNKEPT)


def _numbers(condition: Element, marks: Marks) -> list[Decimal]:
    """What the answer is held against, which must stand before it nowhere."""
    variable, *others = sorted(condition.children, key=lambda one: one.name != "variable")
    if variable.name != "variable" or len(others) != 1:
        raise Unread(_UNKEPT)
    if condition.name in {"gte", "lte"} and condition.children[0] is not variable:
        raise Unread(_UNKEPT)
    (other,) = others
    texts = list(marks.right) if other.name == "correct" else [other.text]
    if other.name not in {"correct", "baseValue"} or not texts:
        raise Unread(_UNKEPT)
    return [number_of(text) for text in texts]


def _equal(number: Decimal, condition: Element) -> Range:
    mode = condition.attributes.get("toleranceMode", "exact")
    open_ends = {condition.attributes.get(f"include{end}Bound") for end in ("Lower", "Upper")}
    if mode == "relative" or "false" in open_ends:
        raise Unread("has a relative tolerance, or ends that do not count. Write an absolute one.")
    given = condition.attributes.get("tolerance", "0").split() or ["0"]
    below, above = number_of(given[0]), number_of(given[-1])
    if mode != "absolute":
        below = above = Decimal(0)
    return Range(low=number - below, high=number + above)


def _all(element: Element) -> list[Element]:
    return [element, *(found for one in element.children for found in _all(one))]
