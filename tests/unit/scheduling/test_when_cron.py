"""Cron expressions: what they say, what is refused and with which words, and what never comes."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.kernel.errors import Problem
from homeroom.scheduling.errors import BadSchedule
from homeroom.scheduling.model.cron import read_expression
from homeroom.scheduling.model.when import Cron
from homeroom_testing.cron_oracle import expressions
from homeroom_testing.firings import REFUSED


def problems_with(expression: str, zone: str = "UTC") -> tuple[Problem, ...]:
    with pytest.raises(BadSchedule) as refused:
        Cron(expression, zone)
    return tuple(refused.value.problems)


def words_against(expression: str) -> str:
    (problem,) = problems_with(expression)
    assert problem.field == "schedule"
    return problem.message


class TestReading:
    @pytest.mark.parametrize(
        ("written", "plain"),
        [
            ("30 2 * * *", "30 2 * * *"),
            ("  30\t2 * *   * ", "30 2 * * *"),
            ("*/10 * * * * *", "*/10 * * * * *"),
            ("5/15 * * * *", "5-59/15 * * * *"),
            ("5-5/15 * * * *", "5 * * * *"),
            ("1-5,7,*/20 * * * *", "1-5,7,*/20 * * * *"),
            ("0 9 * JAN-mar,dec MON-Fri", "0 9 * 1-3,12 1,2,3,4,5"),
            ("0 0 * * 7", "0 0 * * 0"),
            ("0 0 * * 5-7", "0 0 * * 5,6,0"),
            ("0 0 * * FRI-SUN", "0 0 * * 5,6,0"),
            ("0 0 * * 0-7", "0 0 * * 0,1,2,3,4,5,6,0"),
            ("0 0 * * 7L,sun#1", "0 0 * * 0L,0#1"),
            ("0 0 l,LW,15 * ?", "0 0 L,LW,15 * *"),
            ("0 0 ? * 1#2", "0 0 * * 1#2"),
            ("@Daily", "0 0 * * *"),
        ],
    )
    def test_it_comes_out_in_numbers(self, written: str, plain: str) -> None:
        assert Cron(written).plain == plain

    @given(expressions() | expressions(with_seconds=True))
    def test_what_comes_out_means_the_same_when_it_is_read_again(self, expression: str) -> None:
        try:
            meaning = read_expression(expression)
        except BadSchedule as refused:
            assert "never comes" in refused.problems[0].message  # noqa: PT017
            return
        again = read_expression(meaning.plain)
        assert again.plain == meaning.plain
        assert [field.numbers for field in again.fields] == [
            field.numbers for field in meaning.fields
        ]
        assert again.needs_both_days == meaning.needs_both_days
        assert again.follows_elapsed_time == meaning.follows_elapsed_time


class TestRefusing:
    @pytest.mark.parametrize(("expression", "words"), REFUSED)
    def test_what_must_be_refused_is_refused_by_name(self, expression: str, words: str) -> None:
        assert words in words_against(expression)

    @pytest.mark.parametrize(
        ("expression", "words"),
        [
            ("@often", "there are @yearly"),
            ("@every 5m", "`every`"),
            ("CRON_TZ=Europe/Berlin 0 9 * * *", "beside"),
            ("0 0 15W * *", "day of month: 15W"),
            ("0 0 L-3 * *", "day of month: L-3"),
            ("0 0 * * L", "5L is the last Friday"),
            ("0 0 * * 8L", "day of week: '8L'"),
            ("0 0 * * MON#6", "a first to a fifth"),
            ("0 0 * * SAT-MON", "runs backwards"),
            ("H 3 * * *", "jitter"),
            ("1~9 3 * * *", "jitter"),
            ("1,,2 * * * *", "comma"),
            ("1- * * * *", "minute: '1-'"),
            ("*/90 * * * *", "a step of 90 is not from 1 to 60"),
            ("1/2/3 * * * *", "a step is a number"),
            ("? * * * *", "minute: '?'"),
            ("0 0 ?,1 * *", "stands alone"),
            ("0 ٣ * * *", "ASCII"),
            ("1," * 200 + "1 * * * *", "256 characters"),
        ],
    )
    def test_what_others_allow_is_refused_with_the_way_out(
        self, expression: str, words: str
    ) -> None:
        assert words in words_against(expression)

    def test_all_that_is_wrong_is_told_at_once(self) -> None:
        told = problems_with("60 24 0 13 8", "Mars/Base")
        assert [problem.field for problem in told] == ["schedule"] * 5 + ["timezone"]
        fields = [problem.message.partition(":")[0] for problem in told[:5]]
        assert fields == ["minute", "hour", "day of month", "month", "day of week"]

    @given(st.text(max_size=30) | st.text("0123456789*/,-#LW?@ ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    def test_any_text_is_read_or_refused_and_nothing_worse(self, text: str) -> None:
        try:
            assert read_expression(text).plain
        except BadSchedule as refused:
            assert refused.problems  # noqa: PT017


class TestDaysThatNeverCome:
    @pytest.mark.parametrize(
        "expression",
        ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30,31 2 *", "0 0 */31 2 MON#5", "0 0 31 4 */2"],
    )
    def test_they_are_refused(self, expression: str) -> None:
        assert "never comes" in words_against(expression)

    @pytest.mark.parametrize(
        "expression",
        ["0 0 29 2 *", "0 0 31 * *", "0 0 30 2 MON", "0 0 * 2 MON#5", "0 0 L 2 *", "0 0 LW 2 *"],
    )
    def test_rare_ones_are_not(self, expression: str) -> None:
        assert Cron(expression).plain == read_expression(expression).plain

    @given(
        st.builds(
            "0 0 {} {} {}".format,
            st.sampled_from(["28", "29", "30", "31", "*/29", "*/30", "L", "LW", "*"]),
            st.sampled_from(["2", "2,4", "4,6", "12"]),
            st.sampled_from(["*", "*/3", "1#5", "5L", "0"]),
        )
    )
    def test_judging_agrees_with_a_look_at_every_day_of_fifty_years(self, expression: str) -> None:
        try:
            meaning = read_expression(expression)
        except BadSchedule:
            # Read for all months, which is not refused, and looked at in those asked for.
            minute, hour, day, _, weekday = expression.split()
            everywhere = read_expression(f"{minute} {hour} {day} 1-12 {weekday}")
            months = {int(month) for month in expression.split()[3].split(",")}
            assert not any(
                everywhere.on(one) for one in days_of_fifty_years() if one.month in months
            )
        else:
            assert any(map(meaning.on, days_of_fifty_years()))


def days_of_fifty_years() -> list[date]:
    return [date(2000, 1, 1) + timedelta(days=day) for day in range(50 * 366)]


class TestZones:
    @pytest.mark.parametrize(
        "name",
        [
            *("Mars/Base", "", "../etc/passwd", "/etc/localtime", "America", "a\0b", "x" * 500),
            *("right/UTC", "posix/UTC", "localtime", "Factory", "Europe/Berlin ", "zone.tab"),
        ],
    )
    def test_what_is_not_a_zone_is_refused(self, name: str) -> None:
        (problem,) = problems_with("0 9 * * *", name)
        assert problem.field == "timezone"

    @pytest.mark.parametrize(
        ("name", "meant"),
        [("Berlin", None), ("europe/berlin", "Europe/Berlin"), ("US/New_York", "America/New_York")],
    )
    def test_a_near_miss_is_met_with_the_name_that_was_meant(
        self, name: str, meant: str | None
    ) -> None:
        (problem,) = problems_with("0 9 * * *", name)
        assert f"did you mean {meant or 'Europe/Berlin'}?" in problem.message

    @pytest.mark.parametrize("name", ["UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires"])
    def test_every_zone_of_the_database_is_known(self, name: str) -> None:
        assert Cron("0 9 * * *", name).timezone == name
