"""When a task is due: intervals, single instants, bounds, blackouts and jitter."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.ids import TaskId, new_id
from homeroom.scheduling.errors import BadSchedule
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.when import (
    At,
    Blackout,
    BlackoutDays,
    BlackoutHours,
    Cron,
    Every,
    Timing,
    jittered,
    next_firing,
)
from homeroom_adapters.cronsim.calendar import CronsimCalendar
from homeroom_testing.clock import NOON
from homeroom_testing.strategies import instants

CALENDAR = CronsimCalendar()
A_MOMENT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)  # a Monday
naive = NOON.replace(tzinfo=None)


def upcoming(timing: Timing, after: datetime, count: int) -> list[datetime]:
    found: list[datetime] = []
    instant = next_firing(timing, after, CALENDAR)
    while instant is not None and len(found) < count:
        found.append(instant)
        instant = next_firing(timing, instant, CALENDAR)
    return found


def wrong_fields(refused: "pytest.ExceptionInfo[BadSchedule]") -> list[str]:
    return [problem.field for problem in refused.value.problems]


class TestEvery:
    def test_its_anchor_is_the_first_firing(self) -> None:
        timing = Timing(Every(90, NOON))
        assert upcoming(timing, NOON - DAY, 3) == [
            NOON + timedelta(seconds=90 * n) for n in (0, 1, 2)
        ]

    @given(st.integers(1, 10**7), instants, instants)
    def test_it_falls_on_whole_steps_from_its_anchor_and_nowhere_else(
        self, seconds: int, anchor: datetime, after: datetime
    ) -> None:
        step = timedelta(seconds=seconds)
        instant = next_firing(Timing(Every(seconds, anchor)), after, CALENDAR)
        assert instant is not None
        assert instant > after
        assert (instant - anchor) % step == timedelta(0)
        assert instant == anchor or instant - step <= after

    def test_a_change_of_clocks_does_not_move_it(self) -> None:
        before = datetime(2026, 3, 7, 17, tzinfo=UTC)
        timing = Timing(Every(86_400, before, "America/New_York"))
        assert upcoming(timing, before, 2) == [before + DAY, before + 2 * DAY]

    def test_an_anchor_in_any_zone_counts_elapsed_time(self) -> None:
        anchor = NOON.astimezone(timezone(timedelta(hours=5)))
        assert Every(60, anchor) == Every(60, NOON)

    def test_it_ends_with_the_years(self) -> None:
        last = datetime(9998, 12, 31, 23, 59, 59, tzinfo=UTC)
        assert next_firing(Timing(Every(3600, NOON)), last, CALENDAR) is None

    @pytest.mark.parametrize("seconds", [0, -1, 10 * 366 * 86_400 + 1])
    def test_an_interval_without_length_or_without_end_is_refused(self, seconds: int) -> None:
        with pytest.raises(BadSchedule) as refused:
            Every(seconds, NOON)
        assert wrong_fields(refused) == ["every"]

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        with pytest.raises(BadSchedule) as refused:
            Every(0, naive, "Mars/Base")
        assert wrong_fields(refused) == ["timezone", "every", "anchor"]


class TestAt:
    def test_it_fires_once(self) -> None:
        assert upcoming(Timing(At(NOON)), NOON - A_MOMENT, 5) == [NOON]
        assert upcoming(Timing(At(NOON)), NOON, 5) == []

    def test_an_instant_without_a_zone_is_refused(self) -> None:
        with pytest.raises(BadSchedule) as refused:
            At(naive)
        assert wrong_fields(refused) == ["at"]


class TestBounds:
    hourly = Cron("@hourly")

    def test_both_bounds_may_fire_themselves(self) -> None:
        timing = Timing(self.hourly, start_at=NOON, end_at=NOON + 2 * HOUR)
        assert upcoming(timing, NOON - DAY, 9) == [NOON, NOON + HOUR, NOON + 2 * HOUR]

    def test_a_start_that_has_passed_changes_nothing(self) -> None:
        timing = Timing(self.hourly, start_at=NOON - DAY)
        assert upcoming(timing, NOON, 1) == [NOON + HOUR]

    def test_an_interval_keeps_its_steps_when_it_starts_later(self) -> None:
        timing = Timing(Every(3600, NOON), start_at=NOON + A_MOMENT)
        assert upcoming(timing, NOON - DAY, 1) == [NOON + HOUR]

    @pytest.mark.parametrize(
        ("timing", "field"),
        [
            ({"start_at": NOON, "end_at": NOON - A_MOMENT}, "endAt"),
            ({"start_at": naive}, "startAt"),
            ({"end_at": naive}, "endAt"),
            ({"max_runs": 0}, "maxRuns"),
            ({"jitter": -1}, "jitter"),
            ({"jitter": 86_401}, "jitter"),
            ({"blackouts": (BlackoutDays(date(2026, 1, 1), date(2026, 1, 2)),) * 401}, "blackouts"),
        ],
    )
    def test_bounds_that_cannot_be_kept_are_refused(
        self, timing: dict[str, datetime], field: str
    ) -> None:
        with pytest.raises(BadSchedule) as refused:
            Timing(self.hourly, **timing)  # type: ignore[arg-type] # one of several fields
        assert wrong_fields(refused) == [field]

    def test_a_single_instant_outside_of_them_is_refused(self) -> None:
        with pytest.raises(BadSchedule):
            Timing(At(NOON), start_at=NOON + A_MOMENT)
        with pytest.raises(BadSchedule):
            Timing(At(NOON), end_at=NOON - A_MOMENT)
        assert upcoming(Timing(At(NOON), start_at=NOON, end_at=NOON), NOON - DAY, 2) == [NOON]


@attrs.define
class Counting:
    """A calendar that counts how often it is asked."""

    calendar: CronCalendar
    asked: int = 0

    def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
        self.asked += 1
        return self.calendar.after(expression, zone, instant)


def daily_but_once(days: int) -> list[BlackoutDays]:
    """So many days in a row, but one, each closed by itself."""
    first = NOON.date() + timedelta(days=1)
    every = [first + timedelta(days=number) for number in range(days)]
    return [BlackoutDays(day, day) for day in every[:-1]]


class TestBlackouts:
    def test_nothing_fires_on_closed_days(self) -> None:
        holidays = BlackoutDays(date(2026, 3, 3), date(2026, 3, 5))
        timing = Timing(Cron("0 9 * * *"), blackouts=(holidays,))
        assert upcoming(timing, NINE - DAY, 3) == [NINE, NINE + 4 * DAY, NINE + 5 * DAY]

    def test_days_begin_and_end_in_the_schedule_s_zone(self) -> None:
        closed = BlackoutDays(date(2026, 3, 3), date(2026, 3, 3))
        timing = Timing(Cron("0 */6 * * *", "Asia/Kathmandu"), blackouts=(closed,))
        third = datetime(2026, 3, 2, 18, 15, tzinfo=UTC)  # midnight in Kathmandu
        told = upcoming(timing, third - 7 * HOUR, 3)
        assert told == [third - 6 * HOUR, third + DAY, third + DAY + 6 * HOUR]

    @pytest.mark.parametrize(
        ("start", "end", "hours"),
        [(time(9), time(17), {*range(9), *range(17, 24)}), (time(22), time(6), set(range(6, 22)))],
    )
    def test_nothing_fires_in_closed_hours(self, start: time, end: time, hours: set[int]) -> None:
        timing = Timing(Cron("@hourly"), blackouts=(BlackoutHours(start, end),))
        told = upcoming(timing, NINE, 2 * len(hours))
        assert {instant.hour for instant in told} == hours
        assert told[-1] - told[0] < 2 * DAY

    def test_an_interval_goes_round_them_as_well(self) -> None:
        closed = BlackoutHours(time(12), time(13))
        timing = Timing(Every(1200, NOON - HOUR), blackouts=(closed,))
        told = upcoming(timing, NOON - A_MOMENT - HOUR, 4)
        assert told == [NOON + timedelta(minutes=minutes) for minutes in (-60, -40, -20, 60)]

    def test_firings_in_the_hours_around_a_change_of_clocks_go_round_them_too(self) -> None:
        closed = BlackoutHours(time(1), time(2, 30))
        timing = Timing(Cron("*/30 * * * *", "America/New_York"), blackouts=(closed,))
        spring = upcoming(timing, datetime(2026, 3, 8, 5, 30, tzinfo=UTC), 1)
        assert spring == [datetime(2026, 3, 8, 7, tzinfo=UTC)]
        autumn = upcoming(timing, datetime(2026, 11, 1, 4, 30, tzinfo=UTC), 1)
        assert autumn == [datetime(2026, 11, 1, 7, 30, tzinfo=UTC)]

    @given(
        st.lists(st.tuples(st.integers(0, 23), st.integers(0, 23)), max_size=3),
        st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=3),
        st.sampled_from(["America/New_York", "Asia/Beirut", "UTC"]),
    )
    def test_what_fires_is_what_the_schedule_names_less_what_is_closed(
        self, hours: list[tuple[int, int]], days: list[tuple[int, int]], zone: str
    ) -> None:
        first = date(2026, 3, 4)
        blackouts: tuple[Blackout, ...] = (
            *(BlackoutHours(time(a), time(b)) for a, b in hours if a != b),
            *(BlackoutDays(first + n * DAY, first + (n + more) * DAY) for n, more in days),
        )
        schedule = Every(2400, NOON, zone)
        try:
            holed = Timing(schedule, blackouts=blackouts)
        except BadSchedule:
            minutes = [time(minute // 60, minute % 60) for minute in range(24 * 60)]
            held = [one for one in blackouts if isinstance(one, BlackoutHours)]
            assert all(any(one.hold(minute) for one in held) for minute in minutes)
            return
        whole = Timing(schedule)

        def open_at(instant: datetime) -> bool:
            wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
            return not any(one.reopens(wall) for one in blackouts)

        expected = [one for one in upcoming(whole, NOON, 432) if open_at(one)]
        assert upcoming(holed, NOON, len(expected)) == expected

    @pytest.mark.parametrize(
        "blackouts",
        [
            (BlackoutHours(time(8), time(10)),),
            (BlackoutHours(time(0), time(9, 1)), BlackoutHours(time(9, 1), time(0))),
        ],
    )
    def test_a_schedule_whose_every_time_is_closed_is_refused(
        self, blackouts: tuple[BlackoutHours, ...]
    ) -> None:
        with pytest.raises(BadSchedule) as refused:
            Timing(Cron("0 9 * * *"), blackouts=blackouts)
        assert wrong_fields(refused) == ["blackouts"]

    def test_a_single_instant_that_is_closed_is_refused(self) -> None:
        with pytest.raises(BadSchedule):
            Timing(At(NOON), blackouts=(BlackoutDays(NOON.date(), NOON.date()),))

    def test_hours_that_leave_no_time_open_are_refused(self) -> None:
        closed = (BlackoutHours(time(9), time(21)), BlackoutHours(time(20), time(9)))
        with pytest.raises(BadSchedule):
            Timing(Every(60, NOON), blackouts=closed)

    def test_an_interval_that_slips_out_of_closed_hours_minute_by_minute_fires(self) -> None:
        closed = BlackoutHours(time(12), time(23))
        timing = Timing(Every(86_460, NOON), blackouts=(closed,))
        assert next_firing(timing, NOON, CALENDAR) == NOON + 11 * 60 * timedelta(seconds=86_460)

    def test_a_firing_that_stays_closed_for_ages_is_given_up_within_a_thousand_looks(self) -> None:
        counted = Counting(CALENDAR)
        closed = BlackoutHours(time(0, 1), time(0))
        timing = Timing(Cron("0,1 0 * * *"), blackouts=(closed, *daily_but_once(400)))
        assert next_firing(timing, NOON, counted) is not None
        assert counted.asked <= 1_000

    def test_more_spans_of_hours_than_a_day_needs_are_refused(self) -> None:
        spans = tuple(BlackoutHours(time(hour), time(hour, 30)) for hour in range(11))
        with pytest.raises(BadSchedule):
            Timing(Every(60, NOON), blackouts=spans)

    def test_what_never_opens_fires_never(self) -> None:
        closed = BlackoutHours(time(12), time(11))
        assert next_firing(Timing(Every(86_400, NOON), blackouts=(closed,)), NOON, CALENDAR) is None

    def test_days_and_hours_that_make_no_sense_are_refused(self) -> None:
        with pytest.raises(BadSchedule):
            BlackoutDays(date(2026, 3, 2), date(2026, 3, 1))
        with pytest.raises(BadSchedule):
            BlackoutHours(time(9), time(9))
        with pytest.raises(BadSchedule):
            BlackoutHours(time(9), time(9, 0, 30))


class TestJitter:
    one, other = TaskId(new_id()), TaskId(new_id())

    @given(instants, st.integers(1, 86_400))
    def test_it_is_the_same_each_time_and_never_early_nor_too_late(
        self, instant: datetime, jitter: int
    ) -> None:
        timing = Timing(Cron("@hourly"), jitter=jitter)
        due = jittered(timing, self.one, instant)
        assert due == jittered(timing, self.one, instant)
        assert instant <= due <= instant + timedelta(seconds=jitter)

    def test_it_spreads_tasks_and_instants_evenly(self) -> None:
        timing = Timing(Cron("@hourly"), jitter=30)
        ids = [TaskId(new_id()) for _ in range(600)]
        delays = sorted((jittered(timing, one, NOON) - NOON).total_seconds() for one in ids)
        assert delays[150] == pytest.approx(7.5, abs=3)
        assert delays[450] == pytest.approx(22.5, abs=3)
        hours = [NOON + HOUR * n for n in range(100)]
        assert len({jittered(timing, self.one, hour) - hour for hour in hours}) > 90

    def test_the_same_instant_in_another_zone_is_delayed_alike(self) -> None:
        timing = Timing(Cron("@hourly"), jitter=30)
        elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
        assert jittered(timing, self.one, elsewhere) == jittered(timing, self.one, NOON)
        assert jittered(timing, self.one, NOON) != jittered(timing, self.other, NOON)

    def test_none_leaves_the_instant_as_it_is(self) -> None:
        assert jittered(Timing(Cron("@hourly")), self.one, NOON) == NOON


class TestNextFiring:
    @given(instants, st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe"]))
    def test_each_is_later_than_the_one_before(self, after: datetime, zone: str) -> None:
        told = [after, *upcoming(Timing(Cron("7 */5 * * *", zone)), after, 5)]
        assert all(earlier < later for earlier, later in pairwise(told))

    def test_it_is_told_in_utc_whatever_is_asked(self) -> None:
        elsewhere = NOON.astimezone(timezone(timedelta(hours=5)))
        for schedule in (Cron("@hourly", "Asia/Kathmandu"), Every(60, elsewhere), At(elsewhere)):
            told = next_firing(Timing(schedule), elsewhere - A_MOMENT, CALENDAR)
            assert told is not None
            assert told.tzinfo is UTC
