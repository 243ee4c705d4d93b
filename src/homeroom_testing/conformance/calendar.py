"""The promises of a cron calendar: every firing once, at the changes of clocks too."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from homeroom.scheduling.errors import BadSchedule
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.when import Cron
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.cron_oracle import ZONES, expressions, witnessed
from homeroom_testing.firings import AT_CHANGES, FIRINGS, WORDS, Row

YEAR_START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR_END = datetime(2027, 1, 1, tzinfo=UTC)
_ENOUGH = 24
_natural = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.differing_executors,
    HealthCheck.too_slow,
    HealthCheck.filter_too_much,
]
# A walk takes a while, and an expression that fails is short as it is: none is made simpler.
_settings = settings(
    deadline=None, suppress_health_check=_natural, phases=[Phase.explicit, Phase.generate]
)
_of_the_year = st.integers(0, 365 * 86_400).map(lambda s: YEAR_START + timedelta(seconds=s))


def changes_of_clocks(zone: str) -> list[datetime]:
    """The hours of the year at whose end a zone's clocks show another offset than before."""
    place = ZoneInfo(zone)
    hours = [YEAR_START + timedelta(hours=hour) for hour in range(365 * 24)]
    return [
        one
        for one, next_one in pairwise(hours)
        if one.astimezone(place).utcoffset() != next_one.astimezone(place).utcoffset()
    ]


def fired(
    calendar: CronCalendar, cron: Cron, start: datetime, *, most: int, until: datetime = YEAR_END
) -> list[datetime]:
    """The next *most* firings up to *until*, each asked for after the one before."""
    found: list[datetime] = []
    instant = calendar.after(cron.plain, cron.timezone, start)
    while instant is not None and instant <= until and len(found) < most:
        found.append(instant)
        instant = calendar.after(cron.plain, cron.timezone, instant)
    return found


def readable(expression: str, zone: str) -> Cron:
    """The schedule, or another example if its day never comes."""
    try:
        return Cron(expression, zone)
    except BadSchedule:
        assume(False)
        raise


class CronCalendarConformance(Conformance):
    """Subclass, provide `calendar`, inherit the proof."""

    @pytest.fixture
    def calendar(self) -> CronCalendar:
        raise NotImplementedError("return a calendar")

    @pytest.mark.parametrize("row", [*FIRINGS, *AT_CHANGES, *WORDS], ids=str)
    def test_it_fires_as_the_table_says(self, calendar: CronCalendar, row: Row) -> None:
        cron, last = Cron(row.expression, row.zone), row.fires[-1]
        told = fired(calendar, cron, row.after, most=len(row.fires), until=last)
        assert tuple(told) == row.fires

    @settings(_settings, max_examples=60)
    @given(expression=expressions(), zone=st.sampled_from(ZONES), at=_of_the_year)
    def test_it_agrees_with_a_walk_through_every_minute_of_a_year(
        self, calendar: CronCalendar, expression: str, zone: str, at: datetime
    ) -> None:
        cron = readable(expression, zone)
        truth = witnessed(expression, zone, YEAR_START, YEAR_END)
        for start in [at, *(one - timedelta(hours=2) for one in changes_of_clocks(zone))]:
            expected = [one for one in truth if one > start][:_ENOUGH]
            assert fired(calendar, cron, start, most=_ENOUGH) == expected

    @settings(_settings, max_examples=30)
    @given(
        expression=expressions(with_seconds=True),
        zone=st.sampled_from(ZONES),
        seconds=st.integers(0, 6 * 3600),
    )
    def test_it_agrees_with_a_walk_through_every_second_around_a_change_of_clocks(
        self, calendar: CronCalendar, expression: str, zone: str, seconds: int
    ) -> None:
        cron = readable(expression, zone)
        for change in changes_of_clocks(zone):
            first, last = change - timedelta(hours=3), change + timedelta(hours=6)
            truth = witnessed(expression, zone, first, last)
            for start in [first, first + timedelta(seconds=seconds)]:
                expected = [one for one in truth if one > start][:_ENOUGH]
                assert fired(calendar, cron, start, most=_ENOUGH, until=last) == expected

    def test_an_instant_is_strictly_after_the_one_asked_about(self, calendar: CronCalendar) -> None:
        moment = timedelta(microseconds=1)
        ten = datetime(2026, 3, 2, 10, tzinfo=UTC)
        hourly = Cron("@hourly")
        assert fired(calendar, hourly, ten - moment, most=1) == [ten]
        assert fired(calendar, hourly, ten, most=1) == [ten + timedelta(hours=1)]
        assert fired(calendar, hourly, ten + moment, most=1) == [ten + timedelta(hours=1)]

    def test_an_instant_is_told_in_utc(self, calendar: CronCalendar) -> None:
        (told,) = fired(calendar, Cron("0 9 * * *", "Asia/Kathmandu"), YEAR_START, most=1)
        assert told.tzinfo is UTC
        assert told == datetime(2026, 1, 1, 3, 15, tzinfo=UTC)

    def test_none_comes_after_the_last_year_there_is(self, calendar: CronCalendar) -> None:
        last = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
        for zone in ("UTC", "America/New_York", "Asia/Jakarta"):
            assert calendar.after("0 0 1 3 *", zone, last) is None

    def test_threads_do_not_disturb_each_other(self, calendar: CronCalendar) -> None:
        cron = Cron("*/7 3-5 * * *", "Europe/Berlin")
        starts = [YEAR_START + timedelta(hours=hour) for hour in range(0, 8000, 100)] * 4

        def ask(start: datetime) -> list[datetime]:
            return fired(calendar, cron, start, most=20)

        with ThreadPoolExecutor(8) as threads:
            assert list(threads.map(ask, starts)) == [ask(start) for start in starts]
