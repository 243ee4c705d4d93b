"""Schedules in words: what people read before they agree to one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given

from homeroom.scheduling.errors import BadSchedule
from homeroom.scheduling.model.when import At, Cron, Every
from homeroom.scheduling.model.words import describe, listed
from homeroom_testing.cron_oracle import expressions

NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)


class TestCron:
    @pytest.mark.parametrize(
        ("expression", "words"),
        [
            ("30 2 * * *", "At 02:30 every day"),
            ("0 9,17 * * *", "At 09:00 and 17:00 every day"),
            ("*/20 30 2 * * *", "At 02:30:00, 02:30:20 and 02:30:40 every day"),
            ("@hourly", "Every hour, on the hour"),
            ("30 * * * *", "At minute 30 of every hour"),
            ("5/15 * * * *", "At minutes 5, 20, 35 and 50 of every hour"),
            ("0-30 8 * * *", "At minutes 0 to 30 of hour 8 every day"),
            ("0 9-17 * * *", "Every hour from 09:00 to 17:00 every day"),
            ("0 */2 * * *", "Every 2 hours from 00:00 every day"),
            ("30 */2 * * *", "At minute 30 of every 2nd hour every day"),
            ("*/5 9-17 * * MON-FRI", "Every 5 minutes from 09:00 to 17:59 every Monday to Friday"),
            ("5 */5 3 * * *", "At second 5 of every 5th minute of hour 3 every day"),
            ("*/10 8-17 * * * *", "Every 10 seconds of minutes 8 to 17 of every hour"),
            ("* * 8 * * *", "Every second of hour 8 every day"),
            ("5 * 8-9 * * *", "At second 5 of every minute from 08:00 to 09:59 every day"),
            ("1-59/2 3-5 * * *", "At minutes every 2nd from 1 to 59 of hours 3 to 5 every day"),
            ("@weekly", "At 00:00 every Sunday"),
            ("0 0 * * 5-7", "At 00:00 every Friday to Sunday"),
            ("0 0 * * 5L", "At 00:00 on the last Friday of the month"),
            ("0 0 * * 1#2,WED", "At 00:00 on the second Monday of the month and Wednesday"),
            ("0 0 L * *", "At 00:00 on the last day of the month"),
            ("0 0 LW * *", "At 00:00 on the last weekday (Monday to Friday) of the month"),
            ("0 0 1,L * *", "At 00:00 on day 1 and the last day of the month"),
            ("0 0 13 * 5", "At 00:00 on day 13 of the month and every Friday"),
            ("0 0 13 * 5L", "At 00:00 on day 13 of the month and on the last Friday of the month"),
            ("0 0 */13 * 5", "At 00:00 on days 1, 14 and 27 of the month if it is Friday"),
            ("0 0 29 2 *", "At 00:00 on 29 February"),
            ("0 0 1 1,7 *", "At 00:00 on 1 January and 1 July"),
            ("0 9 * JAN-MAR MON", "At 09:00 every Monday in January to March"),
        ],
    )
    def test_it_reads_as_people_say_it(self, expression: str, words: str) -> None:
        told = describe(Cron(expression, "America/New_York"))
        assert told == f"{words}, in New York time"

    @pytest.mark.parametrize(
        ("expression", "words"),
        [
            ("* * * * *", "Every minute"),
            ("*/15 * * * *", "Every 15 minutes"),
            ("* * * * * *", "Every second"),
            ("*/10 * * * * *", "Every 10 seconds"),
        ],
    )
    def test_a_pace_that_is_the_same_everywhere_names_no_zone(
        self, expression: str, words: str
    ) -> None:
        assert describe(Cron(expression, "America/New_York")) == words

    @pytest.mark.parametrize(
        ("zone", "words"),
        [
            ("UTC", "in UTC"),
            ("Etc/GMT+5", "in Etc/GMT+5"),
            ("Asia/Kathmandu", "in Kathmandu time"),
            ("America/Argentina/Buenos_Aires", "in Buenos Aires time"),
        ],
    )
    def test_a_zone_is_called_by_its_place(self, zone: str, words: str) -> None:
        assert describe(Cron("0 9 * * *", zone)) == f"At 09:00 every day, {words}"

    @given(expressions() | expressions(with_seconds=True))
    def test_every_expression_has_words(self, expression: str) -> None:
        try:
            told = describe(Cron(expression, "Europe/Berlin"))
        except BadSchedule as refused:
            assert "never comes" in refused.problems[0].message  # noqa: PT017
            return
        assert told[0].isupper()
        assert "  " not in told
        assert not told.endswith((" ", ",", "of"))


class TestIntervalsAndInstants:
    @pytest.mark.parametrize(
        ("seconds", "words"),
        [
            (1, "Every second"),
            (10, "Every 10 seconds"),
            (60, "Every minute, from 01:00 on 1 January 2026, in Berlin time"),
            (9000, "Every 2 hours and 30 minutes, from 01:00 on 1 January 2026, in Berlin time"),
            (3661, "Every 1 hour, 1 minute and 1 second, from 01:00 on 1 January 2026"),
        ],
    )
    def test_an_interval_tells_its_length_and_from_when(self, seconds: int, words: str) -> None:
        assert describe(Every(seconds, NEW_YEAR, "Europe/Berlin")).startswith(words)

    def test_a_single_instant_is_told_in_its_zone(self) -> None:
        told = describe(At(NEW_YEAR.replace(second=7), "Asia/Kathmandu"))
        assert told == "Once, at 05:45:07 on 1 January 2026, in Kathmandu time"


class TestLists:
    def test_they_end_in_and(self) -> None:
        assert [listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == [
            "a",
            "a and b",
            "a, b and c",
        ]

    def test_what_is_too_much_is_counted(self) -> None:
        assert listed(list("abcdef"), 2) == "a, b and 4 more"
