"""Cron expressions, read and judged: what every field names, and whether such a day ever comes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache

import attrs

from homeroom.kernel.errors import Problem
from homeroom.scheduling.errors import BadSchedule
from homeroom.scheduling.model.cron_fields import (
    DAY_OF_MONTH,
    DAY_OF_WEEK,
    FIELDS,
    LAST,
    MONTH,
    Field,
    Misread,
    Occurrence,
    SpecialDay,
    Term,
    read_field,
)

WORDS = {
    "@YEARLY": "0 0 1 1 *",
    "@ANNUALLY": "0 0 1 1 *",
    "@MONTHLY": "0 0 1 * *",
    "@WEEKLY": "0 0 * * 0",
    "@DAILY": "0 0 * * *",
    "@MIDNIGHT": "0 0 * * *",
    "@HOURLY": "0 * * * *",
}
_LONGEST = 256
_LENGTHS = {2: (28, 29), 4: (30,), 6: (30,), 9: (30,), 11: (30,)}
_WANTED = (
    "must be five fields: minute, hour, day of month, month, day of week; "
    "or six, with the second first"
)


@attrs.frozen
class Expression:
    """What an expression names, field by field."""

    second: Field
    minute: Field
    hour: Field
    day: Field
    month: Field
    weekday: Field
    with_seconds: bool = attrs.field(kw_only=True)

    @property
    def fields(self) -> tuple[Field, ...]:
        """As many as were written, in their order."""
        every = (self.second, self.minute, self.hour, self.day, self.month, self.weekday)
        return every if self.with_seconds else every[1:]

    @cached_property
    def plain(self) -> str:
        """The same in numbers alone, as calendars are given it."""
        return " ".join(field.plain for field in self.fields)

    @property
    def follows_elapsed_time(self) -> bool:
        """Whether it fires whenever clocks show a matching time, even twice or never."""
        return self.minute.starred or self.hour.starred

    @property
    def needs_both_days(self) -> bool:
        """Whether a day must satisfy both day fields, not either."""
        return self.day.starred or self.weekday.starred

    def on(self, day: date) -> bool:
        """Whether it fires on that date."""
        if day.month not in self.month.numbers:
            return False
        return self._names(day.day, day.isoweekday() % 7, days_in(day.year, day.month))

    def in_minute(self, wall: datetime) -> bool:
        """Whether it fires in the minute that clocks show."""
        return (
            wall.minute in self.minute.numbers
            and wall.hour in self.hour.numbers
            and self.on(wall.date())
        )

    def ever_comes(self) -> bool:
        """Whether any day of the 400 years of the calendar is named.

        Each month begins on every weekday in some year, and February in leap years too.
        """
        return any(
            self._names(day, (first + day - 1) % 7, length)
            for month in self.month.numbers
            for length in _LENGTHS.get(month, (31,))
            for first in range(7)
            for day in range(1, length + 1)
        )

    def _names(self, day: int, weekday: int, length: int) -> bool:
        by_date = day in self.day.numbers or any(
            _is_special(term, day, weekday, length) for term in self.day.terms
        )
        by_weekday = weekday in self.weekday.numbers or any(
            _is_occurrence(term, day, weekday, length) for term in self.weekday.terms
        )
        return by_date and by_weekday if self.needs_both_days else by_date or by_weekday


def days_in(year: int, month: int) -> int:
    """How many days that month has."""
    start = date(year, month, 1)
    return ((start + timedelta(days=31)).replace(day=1) - start).days


def _is_special(term: Term, day: int, weekday: int, length: int) -> bool:
    match term:
        case SpecialDay.LAST:
            return day == length
        case SpecialDay.LAST_WORKING:
            last_weekday = (weekday + length - day) % 7
            return day == length - {0: 2, 6: 1}.get(last_weekday, 0)
        case _:
            return False


def _is_occurrence(term: Term, day: int, weekday: int, length: int) -> bool:
    match term:
        case Occurrence(weekday=named, nth=nth) if named == weekday:
            return day + 7 > length if nth == LAST else (day + 6) // 7 == nth
        case _:
            return False


@lru_cache(maxsize=8192)
def read_expression(text: str) -> Expression:
    """What *text* means. Raises `BadSchedule`, naming each field that is wrong and why."""
    written = _written_out(text)
    with_seconds = len(written) == 6
    fields: list[Field] = []
    wrong: list[str] = []
    for kind, part in zip(FIELDS, written if with_seconds else ["0", *written], strict=True):
        try:
            fields.append(read_field(kind, part))
        except Misread as misread:
            wrong.append(f"{kind.name}: {misread}")
    if wrong:
        raise refused(*wrong)
    expression = Expression(*fields, with_seconds=with_seconds)
    if not expression.ever_comes():
        raise refused(_never(expression))
    return expression


def _written_out(text: str) -> list[str]:
    if len(text) > _LONGEST:
        raise refused(f"must be {_LONGEST} characters at most")
    if not text.isascii():
        raise refused("must be plain letters, digits and signs (ASCII)")
    words = text.upper().split()
    if words and words[0].startswith(("CRON_TZ=", "TZ=")):
        raise refused("the time zone is written beside the expression, not in it")
    if len(words) == 1 and words[0].startswith("@"):
        return _meaning(words[0]).split()
    if len(words) in {5, 6}:
        return words
    raise refused("".join(_miscounted(words)))


def _meaning(word: str) -> str:
    if word == "@REBOOT":
        raise refused(
            "@reboot names no instant: which start would count, when several schedulers share "
            "the work? Name a time, or run the task by hand"
        )
    if word not in WORDS:
        raise refused(f"there is no such word; there are {', '.join(WORDS).lower()}")
    return WORDS[word]


def _miscounted(words: list[str]) -> Iterator[str]:
    yield _WANTED
    if not words:
        yield "; it is empty"
    elif words[0] == "@EVERY":
        yield "; an interval is a schedule of its own kind, `every`"
    elif len(words) == 7:
        yield "; there is none for the year: give an end instead"
    else:
        yield f"; it has {len(words)}"


def _never(expression: Expression) -> str:
    if expression.weekday.whole:
        fields = f"{DAY_OF_MONTH.name} {expression.day.plain}"
    else:
        days, weekdays = expression.day.plain, expression.weekday.plain
        fields = f"{DAY_OF_MONTH.name} {days} together with {DAY_OF_WEEK.name} {weekdays}"
    return f"{fields} never comes in {MONTH.name} {expression.month.plain}"


def refused(*reasons: str) -> BadSchedule:
    """A refusal that tells each of *reasons* about the field `schedule`."""
    return BadSchedule(problems=[Problem("schedule", reason) for reason in reasons])
