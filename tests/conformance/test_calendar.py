"""Cron calendars sign their suite, and broken ones are caught by the clause named for them."""

import time
from datetime import UTC, datetime, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

import pytest
from cronsim import CronSim

from homeroom.scheduling.model.calendar import CronCalendar
from homeroom_adapters.cronsim.calendar import CronsimCalendar, open_calendar
from homeroom_testing.conformance.calendar import CronCalendarConformance
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.sabotage import broken_clauses


class HonestCalendar(CronCalendarConformance):
    calendar_type: ClassVar[type[CronCalendar]] = CronsimCalendar

    @pytest.fixture
    def calendar(self) -> CronCalendar:
        return self.calendar_type()


@pytest.mark.adapter("cronsim")
class TestCronsimCalendar(HonestCalendar): ...


@pytest.mark.anyio
async def test_the_entry_point_opens_one() -> None:
    async with open_calendar() as calendar:
        told = calendar.after("0 9 * * *", "UTC", datetime(2026, 1, 1, tzinfo=UTC))
    assert told == datetime(2026, 1, 1, 9, tzinfo=UTC)


class FiresTwiceInAutumn(HonestCalendar):
    """Fires again when clocks show a fixed time again."""

    class calendar_type(CronsimCalendar):  # noqa: N801
        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            found = super().after(expression, zone, instant)
            last = super().after(expression, zone, instant - timedelta(hours=2))
            if found is None or last is None or expression.split()[-5][0] == "*":
                return found
            again = last.astimezone(ZoneInfo(zone)).replace(fold=1).astimezone(UTC)
            return again if instant < again < found else found


class SaysTheSameAgain(HonestCalendar):
    class calendar_type(CronsimCalendar):  # noqa: N801
        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            return super().after(expression, zone, instant - timedelta(microseconds=1))


class KnowsNoZone(HonestCalendar):
    class calendar_type(CronsimCalendar):  # noqa: N801
        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            return super().after(expression, "UTC", instant)


class LeavesItToTheLibrary(HonestCalendar):
    """Takes what cronsim says of zones, as long as it is not in the past."""

    class calendar_type:  # noqa: N801
        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            for found in CronSim(expression, instant.astimezone(ZoneInfo(zone))):
                if found.astimezone(UTC) > instant:
                    return found.astimezone(UTC)
            return None


class TakesEitherDay(HonestCalendar):
    """Forgets that a day field which starts with a star must be met together with the other."""

    class calendar_type(CronsimCalendar):  # noqa: N801
        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            return super().after(expression.replace(" */", " 1-31/"), zone, instant)


class CountsWholeMinutes(HonestCalendar):
    class calendar_type(CronsimCalendar):  # noqa: N801
        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            return super().after(" ".join(expression.split()[-5:]), zone, instant)


class TellsLocalTime(HonestCalendar):
    class calendar_type(CronsimCalendar):  # noqa: N801
        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            found = super().after(expression, zone, instant)
            return found and found.astimezone(ZoneInfo(zone))


class CountsBeyondTheYears(HonestCalendar):
    class calendar_type(CronsimCalendar):  # noqa: N801
        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            return super().after(expression, zone, instant) or datetime.max.replace(tzinfo=UTC)


class MindsOneThing(HonestCalendar):
    """Keeps the instant it was asked about where the next one to ask puts his."""

    class calendar_type(CronsimCalendar):  # noqa: N801
        instant: ClassVar[datetime]

        def after(self, expression: str, zone: str, instant: datetime) -> datetime | None:
            type(self).instant = instant
            time.sleep(1e-5)
            return super().after(expression, zone, self.instant)


_TABLE = "test_it_fires_as_the_table_says"
CAUGHT_BY: dict[type[Conformance], str] = {
    FiresTwiceInAutumn: _TABLE,
    KnowsNoZone: _TABLE,
    LeavesItToTheLibrary: _TABLE,
    SaysTheSameAgain: "test_an_instant_is_strictly_after_the_one_asked_about",
    TakesEitherDay: "test_it_agrees_with_a_walk_through_every_minute_of_a_year",
    CountsWholeMinutes: (
        "test_it_agrees_with_a_walk_through_every_second_around_a_change_of_clocks"
    ),
    TellsLocalTime: "test_an_instant_is_told_in_utc",
    CountsBeyondTheYears: "test_none_comes_after_the_last_year_there_is",
    MindsOneThing: "test_threads_do_not_disturb_each_other",
}


@pytest.mark.parametrize("saboteur", CAUGHT_BY, ids=lambda saboteur: saboteur.__name__)
def test_the_clause_named_for_it_catches(saboteur: type[Conformance]) -> None:
    clause = CAUGHT_BY[saboteur]
    assert broken_clauses(saboteur, only=clause) == {clause}
