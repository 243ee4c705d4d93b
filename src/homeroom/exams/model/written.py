"""Questions that are answered by writing a text or a number."""

import unicodedata
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import ClassVar, Self

import attrs

from homeroom.exams.errors import BadAnswer
from homeroom.exams.model.answers import ALL, LONGEST_ANSWER, MOST, NOTHING, Answer, Kind, is_share
from homeroom.kernel.errors import Problem

_DIGITS = 30


@attrs.frozen(kw_only=True)
class Accepted:
    """A text that counts."""

    text: str
    worth: Fraction = ALL
    explanation: str = ""


@attrs.frozen(kw_only=True)
class ShortAnswer:
    """A word or a few are to be written. Neither blanks nor, unless told, capitals matter."""

    kind: ClassVar[Kind] = Kind.SHORT_ANSWER
    accepted: tuple[Accepted, ...]
    case_matters: bool = False

    @property
    def key(self) -> Answer:
        return tuple(one.text for one in self.accepted if one.worth == ALL)[:1]

    def problems(self) -> Iterator[Problem]:
        if not 1 <= len(self.accepted) <= MOST:
            yield Problem("accepted", f"give 1 to {MOST} texts that count")
        if not any(one.worth == ALL for one in self.accepted):
            yield Problem("accepted", "one text at least must be worth 1")
        for number, one in enumerate(self.accepted):
            if not one.text.strip() or len(one.text) > LONGEST_ANSWER:
                yield Problem(f"accepted[{number}]", f"write 1 to {LONGEST_ANSWER} characters")
            if one.worth <= 0 or not is_share(one.worth):
                yield Problem(f"accepted[{number}]", "must be worth more than 0 and at most 1")

    def check(self, answer: Answer) -> None:
        """Raises `BadAnswer`."""
        if len(answer) > 1 or any(len(text) > LONGEST_ANSWER for text in answer):
            raise BadAnswer(f"Answer with one text of at most {LONGEST_ANSWER} characters.")

    def credit(self, answer: Answer) -> Fraction:
        said = {self._plain(text) for text in answer}
        worth = (one.worth for one in self.accepted if self._plain(one.text) in said)
        return max(worth, default=NOTHING)

    def _plain(self, text: str) -> str:
        plain = " ".join(unicodedata.normalize("NFKC", text).split())
        return plain if self.case_matters else plain.casefold()


@attrs.frozen(kw_only=True)
class Range:
    """The numbers from *low* to *high*, both ends included."""

    low: Decimal
    high: Decimal
    worth: Fraction = ALL
    explanation: str = ""

    @classmethod
    def around(cls, number: Decimal, tolerance: Decimal, worth: Fraction = ALL) -> Self:
        return cls(low=number - tolerance, high=number + tolerance, worth=worth)

    def __contains__(self, number: Decimal) -> bool:
        return self.low <= number <= self.high


@attrs.frozen(kw_only=True)
class Numeric:
    """A number is to be given; what lies in a range has its worth."""

    kind: ClassVar[Kind] = Kind.NUMERIC
    ranges: tuple[Range, ...]

    @property
    def key(self) -> Answer:
        best = [one for one in self.ranges if one.worth == ALL][:1]
        return tuple(str((one.low + one.high) / 2) for one in best)

    def problems(self) -> Iterator[Problem]:
        if not 1 <= len(self.ranges) <= MOST:
            yield Problem("ranges", f"give 1 to {MOST} ranges")
        if not any(one.worth == ALL for one in self.ranges):
            yield Problem("ranges", "one range at least must be worth 1")
        for number, one in enumerate(self.ranges):
            if not (_is_plain(one.low) and _is_plain(one.high) and one.low <= one.high):
                yield Problem(f"ranges[{number}]", "must go from a number to one that is no less")
            if one.worth <= 0 or not is_share(one.worth):
                yield Problem(f"ranges[{number}]", "must be worth more than 0 and at most 1")

    def check(self, answer: Answer) -> None:
        """Raises `BadAnswer`."""
        if len(answer) > 1 or any(number_in(text) is None for text in answer):
            raise BadAnswer("Answer with one number, such as 3.14.")

    def credit(self, answer: Answer) -> Fraction:
        numbers = [number for text in answer if (number := number_in(text)) is not None]
        worth = (one.worth for one in self.ranges for number in numbers if number in one)
        return max(worth, default=NOTHING)


def _is_plain(number: Decimal) -> bool:
    """Whether *number* has at most 30 digits before the point, and as many behind it."""
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -_DIGITS and number.adjusted() < _DIGITS


def number_in(text: str) -> Decimal | None:
    """The number that *text* is, with a point or a comma; None if it is none."""
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and len(text) <= LONGEST_ANSWER else None
