"""Firings ahead, and what is said of those that a change of clocks touches."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from homeroom.scheduling.model.firings import MOST_FORETOLD, Firing, firings, note_on, preview
from homeroom.scheduling.model.when import At, Cron, Every, Schedule, Timing
from homeroom_adapters.cronsim.calendar import CronsimCalendar
from homeroom_testing.clock import NOON
from homeroom_testing.firings import FIRINGS, WORDS, Row

CALENDAR = CronsimCalendar()
HOUR = timedelta(hours=1)
NEW_YORK = "America/New_York"
SPRING = datetime(2026, 3, 7, 17, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 31, 16, tzinfo=UTC)


def shown(schedule: Schedule, after: datetime, count: int) -> tuple[Firing, ...]:
    return preview(Timing(schedule), CALENDAR, after=after, count=count)


class TestFirings:
    def test_they_come_in_order_up_to_the_end_itself(self) -> None:
        told = firings(Timing(Cron("@hourly")), CALENDAR, after=NOON, until=NOON + 3 * HOUR)
        assert list(told) == [NOON + HOUR, NOON + 2 * HOUR, NOON + 3 * HOUR]

    def test_without_an_end_as_many_as_are_wanted(self) -> None:
        told = islice(firings(Timing(Every(1, NOON)), CALENDAR, after=NOON), 5000)
        assert list(told)[-1] == NOON + timedelta(seconds=5000)

    def test_a_single_instant_ends_by_itself(self) -> None:
        assert list(firings(Timing(At(NOON)), CALENDAR, after=NOON - HOUR)) == [NOON]


class TestPreview:
    @pytest.mark.parametrize("row", [*FIRINGS, *WORDS], ids=str)
    def test_it_agrees_with_the_table(self, row: Row) -> None:
        told = shown(Cron(row.expression, row.zone), row.after, len(row.fires))
        assert tuple(firing.instant for firing in told) == row.fires

    def test_it_tells_each_instant_in_the_zone_as_well(self) -> None:
        (firing,) = shown(Cron("0 9 * * *", "Asia/Kathmandu"), NOON, 1)
        assert firing.local.isoformat() == "2026-03-03T09:00:00+05:45"
        assert firing.instant.isoformat() == "2026-03-03T03:15:00+00:00"

    def test_it_shows_no_more_than_there_will_be(self) -> None:
        timing = Timing(Cron("@hourly"), max_runs=3)
        assert len(preview(timing, CALENDAR, after=NOON, count=10)) == 3
        assert len(preview(Timing(At(NOON)), CALENDAR, after=NOON - HOUR, count=10)) == 1

    def test_it_shows_a_thousand_at_most(self) -> None:
        assert len(shown(Every(1, NOON), NOON, 10**9)) == MOST_FORETOLD


class TestNotes:
    @pytest.mark.parametrize(
        ("expression", "after", "notes"),
        [
            ("30 2 * * *", SPRING, ["moved from 02:30: clocks go forward", None]),
            ("0,15,30,45 2 * * *", SPRING, ["moved from 02:00, 02:15, 02:30 and 1 more", None]),
            ("0 2,3 * * *", SPRING, ["stands for 02:00 too: clocks go forward", None]),
            ("0 3 * * *", SPRING, [None, None]),
            ("0 9 * * *", SPRING, [None, None]),
            ("30 2 * * 1", SPRING, [None, None]),
            ("*/20 30 2 * * *", SPRING, ["moved from 02:30: clocks go forward", None]),
            ("30 */2 * * *", SPRING, [*[None] * 7, "02:30 does not come: clocks go forward", None]),
            ("30 1 * * *", AUTUMN, ["01:30 comes twice, and this is the first", None]),
            ("0 2 * * *", AUTUMN, [None, None]),
            ("30 */1 1 * *", AUTUMN, [None, None, "01:30 for the second time", None]),
        ],
    )
    def test_what_a_change_of_clocks_does_is_said_and_nothing_else(
        self, expression: str, after: datetime, notes: list[str | None]
    ) -> None:
        told = [firing.note for firing in shown(Cron(expression, NEW_YORK), after, len(notes))]
        assert [note is None for note in told] == [note is None for note in notes]
        for note, wanted in zip(told, notes, strict=True):
            assert (note or "").startswith(wanted or "")

    def test_times_that_do_not_come_are_missed_after_a_long_wait_too(self) -> None:
        schedule = Cron("*/30 2 8 3 *", NEW_YORK)
        (firing,) = shown(schedule, SPRING, 1)
        assert firing.local.year == 2027
        assert firing.note is None  # it is about the firing at hand, not about a year ago

    def test_a_whole_day_that_never_was_is_counted(self) -> None:
        before = datetime(2011, 12, 30, 9, tzinfo=UTC)
        (firing,) = shown(Cron("0 * * * *", "Pacific/Apia"), before, 1)
        assert firing.note == "00:00, 01:00, 02:00 and 21 more do not come: clocks go forward"

    def test_intervals_and_single_instants_are_not_touched(self) -> None:
        change = datetime(2026, 3, 8, 7, tzinfo=UTC)
        for schedule in (Every(60, change, NEW_YORK), At(change, NEW_YORK)):
            assert note_on(schedule, change, before=SPRING) is None

    def test_nothing_is_said_where_clocks_are_never_set(self) -> None:
        year = shown(Cron("30 2 * * *", "Asia/Jakarta"), SPRING, 366)
        assert {firing.note for firing in year} == {None}
