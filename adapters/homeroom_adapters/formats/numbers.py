"""Shares and numbers, as files have them."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from homeroom.exams.model.choices import Marking, Multiple, Option
from homeroom.exams.model.written import Range, number_in
from homeroom_adapters.formats.lines import Unread

_CLOSE = Fraction(1, 20_000)
_FINEST = 12
_PLACES = 7
_DIGITS = 30


def share_in(percent: str) -> Fraction:
    """What *percent* of the mark is. A third is often written 33.33333, and is a third."""
    number = number_in(percent)
    if number is None or not _is_short(number):
        raise Unread(f"{percent[:40]!r} is no share. Write a number of percent, such as 50.")
    exact = Fraction(number) / 100
    plain = exact.limit_denominator(_FINEST)
    return plain if abs(plain - exact) <= _CLOSE else exact


def percent(share: Fraction) -> str:
    """*share* in percent; what never ends is cut after so many places that it is read again."""
    places = Decimal(round(share * 100 * 10**_PLACES)).scaleb(-_PLACES)
    return plainly(places)


def plainly(number: Decimal) -> str:
    """Without an exponent, and without zeros that say nothing."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def number_of(text: str) -> Decimal:
    """Raises `Unread`."""
    number = number_in(text)
    if number is None or not _is_short(number):
        raise Unread(f"{text.strip()[:40]!r} is no number. Write one such as 3.14.")
    return number


def _is_short(number: Decimal) -> bool:
    """Whether it can be counted with: a few signs may stand for a billion digits."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_DIGITS and number.adjusted() < _DIGITS


def range_in(text: str) -> Range:
    """`3.141..3.142`, `1822:5` or `42`. Raises `Unread`."""
    if ".." in text:
        low, _, high = text.partition("..")
        return Range(low=number_of(low), high=number_of(high))
    middle, _, tolerance = text.partition(":")
    return Range.around(number_of(middle), number_of(tolerance or "0"))


def range_text(one: Range) -> str:
    if one.low == one.high:
        return plainly(one.low)
    return f"{plainly(one.low)}..{plainly(one.high)}"


def weights(body: Multiple) -> Sequence[tuple[Option, Fraction]]:
    """What each option is worth where all choices of several options are weighted.

    The other markings come near: what is wrong takes away what something right gives, or all.
    """
    if body.marking is Marking.WEIGHTED:
        return [(one, one.worth) for one in body.options]
    share = Fraction(1, sum(one.is_right for one in body.options))
    loss = Fraction(1) if body.marking is Marking.ALL_OR_NOTHING else share
    return [(one, share if one.is_right else -loss) for one in body.options]
