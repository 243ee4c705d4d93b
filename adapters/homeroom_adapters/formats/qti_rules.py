"""How an answer is marked, in the rules of QTI, as they are written."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from fractions import Fraction

from homeroom.exams.model.choices import Marking, Multiple
from homeroom.exams.model.written import Numeric, Range
from homeroom_adapters.formats.numbers import plainly
from homeroom_adapters.formats.qti_words import identifier_of, part
from homeroom_adapters.formats.xml_parts import Element

_PLACES = 12
RESPONSE, SCORE, ERRORS, FEEDBACK, EXPLANATION = (
    "RESPONSE",
    "SCORE",
    "ERRORS",
    "FEEDBACK",
    "EXPLANATION",
)


def share_text(share: Fraction) -> str:
    """*share* as a number; what never ends is cut after so many places that it is read again."""
    return plainly(Decimal(round(share * 10**_PLACES)).scaleb(-_PLACES))


def matched() -> list[Element]:
    """All of the mark, or nothing, as the template `match_correct` has it."""
    right = part("match", _answer(), part("correct", identifier=RESPONSE))
    return [_either(right, _number(Fraction(1)), _number(Fraction(0)))]


def mapped() -> list[Element]:
    """What the mapping says, as the template `map_response` has it."""
    empty = part("isNull", _answer())
    return [_either(empty, _number(Fraction(0)), part("mapResponse", identifier=RESPONSE))]


def decided(body: Multiple) -> list[Element]:
    """A share for every option that was rightly chosen or rightly left, if any was chosen."""
    share = _number(Fraction(1, len(body.options)))
    conditions = (_chosen(one.id, is_so=one.is_right) for one in body.options)
    counted = [_if(one, _set(SCORE, _sum(SCORE, share))) for one in conditions]
    return [*counted, _if(part("isNull", _answer()), _set(SCORE, _number(Fraction(0))))]


def halved(body: Multiple) -> list[Element]:
    """Half of the mark for one error, a quarter for two, where there are options enough."""
    one_more = _number(Fraction(1))
    conditions = (_chosen(one.id, is_so=not one.is_right) for one in body.options)
    counted = [_if(one, _set(ERRORS, _sum(ERRORS, one_more))) for one in conditions]
    nothing = _set(SCORE, _number(Fraction(0)))
    forgiven = [errors for errors in range(3) if len(body.options) > 2 * errors]
    steps = [
        part("responseElseIf", _erred(errors), _set(SCORE, _number(Fraction(1, 2**errors))))
        for errors in forgiven
    ]
    empty = part("responseIf", part("isNull", _answer()), nothing)
    return [*counted, part("responseCondition", empty, *steps, part("responseElse", nothing))]


def chosen(body: Multiple) -> list[Element]:
    match body.marking:
        case Marking.ALL_OR_NOTHING:
            return matched()
        case Marking.EVERY_DECISION:
            return decided(body)
        case Marking.HALVES:
            return halved(body)
        case Marking.WEIGHTED:
            return mapped()


def ranged(body: Numeric) -> Iterator[Element]:
    """The best of the ranges in which the number lies."""
    for one in body.ranges:
        best = part("max", part("variable", identifier=SCORE), _number(one.worth))
        yield _if(_within(one), _set(SCORE, best))


def told_by_text(answers: Iterable[tuple[str, str]]) -> Iterator[Element]:
    """Which remark is shown for which text."""
    for identifier, text in answers:
        same = part("match", _answer(), part("baseValue", text, baseType="string"))
        yield _if(same, _set(FEEDBACK, part("baseValue", identifier, baseType="identifier")))


def told_by_range(ranges: Iterable[tuple[str, Range]]) -> Iterator[Element]:
    """Which remark is shown for a number in which range."""
    for identifier, one in ranges:
        remark = part("baseValue", identifier, baseType="identifier")
        yield _if(_within(one), _set(FEEDBACK, remark))


def told_by_choice() -> Element:
    """The remark on an option is called as the option is."""
    return _set(FEEDBACK, _answer())


def _answer() -> Element:
    return part("variable", identifier=RESPONSE)


def _within(one: Range) -> Element:
    return part(
        "and",
        part("gte", _answer(), _float(plainly(one.low))),
        part("lte", _answer(), _float(plainly(one.high))),
    )


def _float(number: str) -> Element:
    return part("baseValue", number, baseType="float")


def _number(share: Fraction) -> Element:
    return _float(share_text(share))


def _set(outcome: str, value: Element) -> Element:
    return part("setOutcomeValue", value, identifier=outcome)


def _sum(outcome: str, more: Element) -> Element:
    return part("sum", part("variable", identifier=outcome), more)


def _if(condition: Element, then: Element) -> Element:
    return part("responseCondition", part("responseIf", condition, then))


def _either(condition: Element, then: Element, otherwise: Element) -> Element:
    return part(
        "responseCondition",
        part("responseIf", condition, _set(SCORE, then)),
        part("responseElse", _set(SCORE, otherwise)),
    )


def _chosen(option_id: str, *, is_so: bool) -> Element:
    option = part("baseValue", identifier_of(option_id), baseType="identifier")
    member = part("member", option, _answer())
    return member if is_so else part("not", member)


def _erred(errors: int) -> Element:
    number = _number(Fraction(errors))
    return part("equal", part("variable", identifier=ERRORS), number, toleranceMode="exact")
