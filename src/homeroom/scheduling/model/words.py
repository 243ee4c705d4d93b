"""Schedules in plain English."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from homeroom.scheduling.model.cron import Expression
from homeroom.scheduling.model.cron_fields import LAST, Field, Occurrence, Span, SpecialDay
from homeroom.scheduling.model.when import At, Cron, Every, Schedule
from homeroom.scheduling.model.zones import zone_named

_FEW = 6
_SEVERAL = 12
_MINUTES = 60
_ORDINALS = {LAST: "last", 1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth"}
_SPECIAL_DAYS = {
    SpecialDay.LAST: "the last day",
    SpecialDay.LAST_WORKING: "the last weekday (Monday to Friday)",
}
_UNITS = ((3600, "hour"), (60, "minute"), (1, "second"))
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")


def describe(schedule: Schedule) -> str:
    """What *schedule* means, in a sentence without its full stop."""
    match schedule:
        case Cron(timezone=zone):
            meaning = schedule.meaning
            told = _cron(meaning)
            return told if _reads_alike_everywhere(meaning) else f"{told}, {_in_zone(zone)}"
        case Every(seconds=seconds, anchor=anchor, timezone=zone):
            told = f"Every {_interval(seconds)}"
            return told if seconds < _MINUTES else f"{told}, from {_moment(anchor, zone)}"
        case At(instant=instant, timezone=zone):
            return f"Once, at {_moment(instant, zone)}"


def listed(words: Sequence[str], most: int | None = None) -> str:
    """*words* as people list them; those beyond *most* are only counted."""
    if most is not None and len(words) > most:
        words = [*words[:most], f"{len(words) - most} more"]
    head, last = words[:-1], words[-1]
    return f"{', '.join(head)} and {last}" if head else last


def _in_zone(zone: str) -> str:
    area, slash, place = zone.rpartition("/")
    return f"in {place.replace('_', ' ')} time" if slash and area != "Etc" else f"in {zone}"


def _moment(instant: datetime, zone: str) -> str:
    local = instant.astimezone(zone_named(zone))
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    return f"{clock} on {local.day} {_MONTHS[local.month - 1]} {local.year}, {_in_zone(zone)}"


def _interval(seconds: int) -> str:
    """2 hours and 30 minutes, 45 seconds, hour."""
    parts: list[str] = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'s' * (count > 1)}")
    return parts[0].removeprefix("1 ") if len(parts) == 1 else listed(parts)


def _cron(meaning: Expression) -> str:
    time = _clock_times(meaning) or _pace(meaning)
    days = _days(meaning)
    if not days and not meaning.hour.whole:
        days = "every day"
    told = " ".join(part for part in (time, days, _months(meaning)) if part)
    return told[0].upper() + told[1:]


def _reads_alike_everywhere(meaning: Expression) -> bool:
    """Whether no zone matters: it runs through all hours of all days, at a pace."""
    wide = (meaning.hour, meaning.day, meaning.month, meaning.weekday)
    return all(field.whole for field in wide) and meaning.minute.starred


def _clock_times(meaning: Expression) -> str:
    """02:30, or 09:00 and 17:00, if they are few."""
    count = len(meaning.hour.numbers) * len(meaning.minute.numbers) * len(meaning.second.numbers)
    if count > _FEW or meaning.hour.whole:
        return ""
    told = [
        f"{hour:02}:{minute:02}" + (f":{second:02}" if meaning.second.numbers != {0} else "")
        for hour in sorted(meaning.hour.numbers)
        for minute in sorted(meaning.minute.numbers)
        for second in sorted(meaning.second.numbers)
    ]
    return f"at {listed(told)}"


def _pace(meaning: Expression) -> str:
    if meaning.second.numbers == {0}:
        return " ".join(_minutes_and_hours(meaning))
    seconds = _every(meaning.second, "second")
    if seconds and meaning.minute.whole:
        return " ".join([seconds, *_hours_around(meaning.hour)])
    inner = seconds or f"at {_numbered(meaning.second, 'second')}"
    if meaning.minute.whole:
        return " ".join([inner, "of every minute", *_hours_around(meaning.hour)])
    minutes = _every(meaning.minute, "minute", ordinal=True) or _numbered(meaning.minute, "minute")
    return " ".join([inner, "of", minutes, *_hours_of(meaning.hour)])


def _minutes_and_hours(meaning: Expression) -> Iterator[str]:
    """With second 0: by the minute, or on the hour, or at certain minutes of some hours."""
    if pace := _every(meaning.minute, "minute"):
        yield pace
        yield from _hours_around(meaning.hour)
    elif meaning.minute.numbers == {0} and meaning.hour.whole:
        yield "every hour, on the hour"
    elif meaning.minute.numbers == {0} and (pace := _every(meaning.hour, "hour")):
        yield f"{pace} from 00:00"
    elif meaning.minute.numbers == {0} and (span := _single_span(meaning.hour)):
        yield f"every hour from {span.first:02}:00 to {span.last:02}:00"
    else:
        yield f"at {_numbered(meaning.minute, 'minute')}"
        yield from _hours_of(meaning.hour)


def _hours_around(hour: Field) -> Iterator[str]:
    """What is said of hours beside a pace: nothing if it runs through all of them."""
    if span := _single_span(hour):
        yield f"from {span.first:02}:00 to {span.last:02}:59"
    elif not hour.whole:
        yield from _hours_of(hour)


def _hours_of(hour: Field) -> Iterator[str]:
    yield "of"
    yield _every(hour, "hour", ordinal=True) or _numbered(hour, "hour")


def _every(field: Field, unit: str, *, ordinal: bool = False) -> str:
    """Every 15 minutes, or every 15th minute; nothing if the steps are not even."""
    match field.terms:
        case [Span(starred=True, step=step)] if len(field.kind.whole) % step == 0:
            if step == 1:
                return f"every {unit}"
            return f"every {_nth(step)} {unit}" if ordinal else f"every {step} {unit}s"
        case _:
            return f"every {unit}" if field.whole else ""


def _nth(number: int) -> str:
    tail = {1: "st", 2: "nd", 3: "rd"}.get(number % 10 if number // 10 != 1 else 0, "th")
    return f"{number}{tail}"


def _single_span(field: Field) -> Span | None:
    match field.terms:
        case [Span(starred=False, step=1) as span] if len(span.numbers) > 1:
            return span
        case _:
            return None


def _numbered(field: Field, unit: str) -> str:
    """Minute 5, minutes 5 and 20, minutes 0 to 10."""
    told = [text for term in field.terms if isinstance(term, Span) for text in _told(term)]
    return f"{unit}{'s' * (len(field.numbers) > 1)} {listed(told)}"


def _told(span: Span, name: Callable[[int], str] = str) -> list[str]:
    """What *span* holds, by name: the first and the last, or one by one if they are few."""
    names = [name(number) for number in span.numbers]
    if span.step == 1 and len(names) > 2:
        return [f"{names[0]} to {names[-1]}"]
    if len(names) > _SEVERAL:
        return [f"every {_nth(span.step)} from {names[0]} to {names[-1]}"]
    return names


def _days(meaning: Expression) -> str:
    if meaning.weekday.whole:
        return "" if meaning.day.whole else f"on {_dates(meaning)}"
    weekdays = _weekdays(meaning.weekday)
    if not meaning.day.whole and meaning.needs_both_days:
        return f"on {_dates(meaning)} if it is {weekdays}"
    named = f"on {weekdays}" if weekdays.startswith("the ") else f"every {weekdays}"
    return named if meaning.day.whole else f"on {_dates(meaning)} and {named}"


def _dates(meaning: Expression) -> str:
    if _is_one_date(meaning):
        (day,), months = meaning.day.numbers, sorted(meaning.month.numbers)
        return listed([f"{day} {_month(month)}" for month in months])
    told = [_numbered(meaning.day, "day")] if meaning.day.numbers else []
    told += [_SPECIAL_DAYS[term] for term in meaning.day.terms if isinstance(term, SpecialDay)]
    return f"{listed(told)} of the month"


def _is_one_date(meaning: Expression) -> bool:
    """Whether it is a day of a month or a few, and reads better so: 29 February."""
    return meaning.weekday.whole and len(meaning.month.numbers) <= _FEW and _is_number(meaning.day)


def _is_number(field: Field) -> bool:
    return len(field.terms) == len(field.numbers) == 1


def _weekdays(weekday: Field) -> str:
    """Friday, Monday to Friday, the second Monday of the month."""
    told: list[str] = []
    for term in weekday.terms:
        match term:
            case Span():
                told += _told(term, _weekday)
            case Occurrence(weekday=day, nth=nth):
                told.append(f"the {_ORDINALS[nth]} {_weekday(day)} of the month")
            case SpecialDay():  # only days of the month are special
                continue
    return listed(list(dict.fromkeys(told)))


def _months(meaning: Expression) -> str:
    if meaning.month.whole or _is_one_date(meaning):
        return ""
    spans = (term for term in meaning.month.terms if isinstance(term, Span))
    return f"in {listed([name for span in spans for name in _told(span, _month)])}"


def _month(number: int) -> str:
    return _MONTHS[number - 1]


def _weekday(number: int) -> str:
    return _WEEKDAYS[number % 7]
