"""One field of a cron expression: lists of numbers, names, ranges, steps and special days."""

import enum
import re
from functools import lru_cache

import attrs

LAST = -1
"""The last such weekday of a month, where others are the first to the fifth."""

_SPAN = re.compile(r"(?P<first>[A-Z0-9]+)(-(?P<last>[A-Z0-9]+))?")
_OCCURRENCE = re.compile(r"(?P<day>[A-Z0-9]+)#(?P<nth>[0-9]{1,4})|(?P<last>[0-6]|7|[A-Z]{3})L")
_NUMBER = re.compile(r"[0-9]{1,4}")


class Misread(Exception):
    """A field does not mean anything, and this is why."""


@attrs.frozen(eq=False)
class Kind:
    """What a field may hold. There are six, and each is itself alone."""

    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        words = f", or {self.names[0]} to {self.names[-1]}" if self.names else ""
        return f"{self.low} to {self.high}{words}"

    @property
    def whole(self) -> range:
        """All its values; Sunday is 0 and not 7 as well."""
        return range(self.low, self.high + (self is not DAY_OF_WEEK))


DAY_OF_MONTH = Kind("day of month", 1, 31)
MONTH = Kind(
    "month",
    1,
    12,
    ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
DAY_OF_WEEK = Kind("day of week", 0, 7, ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))
FIELDS = (
    Kind("second", 0, 59),
    Kind("minute", 0, 59),
    Kind("hour", 0, 23),
    DAY_OF_MONTH,
    MONTH,
    DAY_OF_WEEK,
)


@attrs.frozen
class Span:
    """From *first* to *last*, in steps; *starred* if it was written with a `*`."""

    first: int
    last: int
    step: int = 1
    starred: bool = False

    @property
    def numbers(self) -> range:
        return range(self.first, self.last + 1, self.step)

    @property
    def plain(self) -> str:
        start = "*" if self.starred else f"{self.first}-{self.last}"
        if self.first == self.last:
            return str(self.first)
        return start if self.step == 1 else f"{start}/{self.step}"


@attrs.frozen
class Occurrence:
    """The first to fifth such weekday of a month, or its `LAST`."""

    weekday: int
    nth: int

    @property
    def plain(self) -> str:
        return f"{self.weekday}L" if self.nth == LAST else f"{self.weekday}#{self.nth}"


class SpecialDay(enum.Enum):
    """A day of the month that is not the same number in every month."""

    LAST = "L"
    LAST_WORKING = "LW"
    """The last from Monday to Friday."""

    @property
    def plain(self) -> str:
        return self.value


Term = Span | Occurrence | SpecialDay


@attrs.frozen
class Field:
    """What one field names."""

    kind: Kind
    terms: tuple[Term, ...]
    starred: bool
    """Whether it begins with a `*`."""

    numbers: frozenset[int]

    @property
    def whole(self) -> bool:
        """Whether it names every value."""
        return len(self.numbers) == len(self.kind.whole)

    @property
    def plain(self) -> str:
        return ",".join(self._plain(term) for term in self.terms)

    def _plain(self, term: Term) -> str:
        if self.kind is DAY_OF_WEEK and isinstance(term, Span) and not term.starred:
            return ",".join(str(number % 7) for number in term.numbers)
        return term.plain


@lru_cache(maxsize=4096)  # most expressions share most of their fields
def read_field(kind: Kind, text: str) -> Field:
    """What *text*, in capitals, means in such a field. Raises `Misread`."""
    terms = tuple(_term(kind, part, alone=part == text) for part in text.split(","))
    spans = (term for term in terms if isinstance(term, Span))
    numbers = frozenset(number for span in spans for number in span.numbers)
    if kind is DAY_OF_WEEK:
        numbers = frozenset(number % 7 for number in numbers)
    return Field(kind, terms, text.startswith(("*", "?")), numbers)


def _term(kind: Kind, text: str, *, alone: bool) -> Term:
    if not text:
        raise Misread("there is nothing before or after a comma")
    if kind in {DAY_OF_MONTH, DAY_OF_WEEK} and (special := _special(kind, text, alone=alone)):
        return special
    base, slash, step = text.partition("/")
    span = _span(kind, base, to_the_end=bool(slash))
    return attrs.evolve(span, step=_step(kind, step)) if slash else span


def _special(kind: Kind, text: str, *, alone: bool) -> Term | None:
    if text == "?":
        if not alone:
            raise Misread("? means any day, and stands alone")
        return Span(kind.low, kind.whole[-1], starred=True)
    if kind is DAY_OF_WEEK:
        return _occurrence(text)
    if text in {"L", "LW"}:
        return SpecialDay(text)
    if text.startswith("L"):
        raise Misread(f"{text} is not offered; there are L, the last day, and LW, the last weekday")
    if text.endswith("W"):
        raise Misread(f"{text}, the nearest weekday, is not offered; LW is, the last weekday")
    return None


def _occurrence(text: str) -> Occurrence | None:
    found = _OCCURRENCE.fullmatch(text)
    if found is None:
        if text == "L":
            raise Misread("L needs its weekday: 5L is the last Friday of a month")
        return None
    weekday = _number(DAY_OF_WEEK, found["day"] or found["last"]) % 7
    nth = LAST if found["nth"] is None else int(found["nth"])
    if nth != LAST and not 1 <= nth <= 5:
        raise Misread(f"{text}: a month has a first to a fifth such day, and L for its last")
    return Occurrence(weekday, nth)


def _span(kind: Kind, text: str, *, to_the_end: bool) -> Span:
    if text == "*":
        return Span(kind.low, kind.whole[-1], starred=True)
    found = _SPAN.fullmatch(text)
    if found is None:
        raise Misread(_strange(kind, text))
    first = _number(kind, found["first"])
    if found["last"] is None:
        return Span(first, kind.high if to_the_end else first)
    last = _number(kind, found["last"])
    if kind is DAY_OF_WEEK and last == 0 < first:
        last = 7  # a range may end with Sunday: FRI-SUN
    if first > last:
        raise Misread(f"{text} runs backwards; write two ranges")
    return Span(first, last)


def _step(kind: Kind, text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise Misread(f"a step is a number, not {text!r}")
    if not 1 <= int(text) <= len(kind.whole):
        raise Misread(f"a step of {text} is not from 1 to {len(kind.whole)}")
    return int(text)


def _number(kind: Kind, text: str) -> int:
    if text in kind.names:
        return kind.names.index(text) + kind.low
    if not _NUMBER.fullmatch(text) or not kind.low <= int(text) <= kind.high:
        raise Misread(_strange(kind, text))
    return int(text)


def _strange(kind: Kind, text: str) -> str:
    if text in {"H", "R"} or "~" in text:
        return f"{text!r} is left to chance; give the task a jitter instead"
    return f"{text!r} is not from {kind.allowed}"
