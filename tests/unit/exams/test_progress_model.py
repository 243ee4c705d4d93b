"""The formulas of progress, with the worked values of the sources they come from."""

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.model.mastery import LAST, Level, mastery_of
from homeroom.exams.model.readiness import (
    Confidence,
    Evidence,
    Readiness,
    readiness_of,
    ready_on,
    trend_of,
)
from homeroom.exams.model.recall import Rating, rating_of
from homeroom.exams.model.streaks import streak_of

NEW_YORK, MANILA = ZoneInfo("America/New_York"), ZoneInfo("Asia/Manila")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)

CREDITS = st.lists(st.fractions(0, 1, max_denominator=6), max_size=LAST + 20)


def answers(digits: str) -> list[Fraction]:
    """The newest first."""
    return [Fraction(digit) for digit in digits]


@pytest.mark.parametrize(
    ("digits", "percent", "level", "needed"),
    [
        ("1101101111", 78.5, Level.PROFICIENT, 10),
        ("0011111111", 71.3, Level.PROFICIENT, 10),
        ("1111111100", 87.1, Level.ADVANCED, 10),
        ("1" * 20, 100.0, Level.EXPERT, 0),
        ("1" * 4, 0.0, Level.UNKNOWN, 1),
        ("", 0.0, Level.UNKNOWN, 5),
        ("0" * 5, 0.0, Level.BEGINNER, 15),
    ],
)
def test_mastery_is_what_the_newest_answers_say_most(
    digits: str, percent: float, level: Level, needed: int
) -> None:
    mastery = mastery_of(answers(digits))
    assert (round(mastery.percent, 1), mastery.level, mastery.needed) == (percent, level, needed)


def test_the_interval_of_a_mastery_is_cut_at_a_hundred() -> None:
    mastery = mastery_of(answers("1101101111"))
    assert (round(mastery.low, 1), mastery.high) == (53.1, 100.0)


@given(CREDITS)
def test_a_mastery_lies_within_its_interval_and_the_interval_within_a_hundred(
    worth: list[Fraction],
) -> None:
    mastery = mastery_of(worth)
    assert 0 <= mastery.low <= mastery.percent <= mastery.high <= 100
    assert mastery.answers == min(len(worth), LAST)


@given(CREDITS, st.integers(0, LAST - 1))
def test_who_answers_better_is_never_worse_off(worth: list[Fraction], place: int) -> None:
    better = [Fraction(1) if number == place else one for number, one in enumerate(worth)]
    assert mastery_of(better).percent >= mastery_of(worth).percent - 1e-9


SEEN = Evidence(masteries=[82, 75, 64, 90, 71], tests=[78, 74, 81], answers=420, days=45, trend=60)


def test_readiness_and_the_probability_to_pass_are_those_of_the_worked_example() -> None:
    readiness = readiness_of(SEEN)
    assert round(readiness.percent, 1) == 82.3
    assert readiness.passing == pytest.approx(0.90899, abs=5e-6)
    assert (readiness.weak, readiness.confidence) == (1, Confidence.MEDIUM)
    assert readiness.is_ready


@pytest.mark.parametrize(
    ("percent", "weak", "confidence", "ready"),
    [
        (85.0, 3, Confidence.HIGH, True),
        (84.9, 1, Confidence.MEDIUM, True),
        (84.9, 2, Confidence.MEDIUM, False),
        (70.0, 0, Confidence.MEDIUM, True),
        (69.9, 0, Confidence.LOW, False),
    ],
)
def test_who_is_ready_is_told_by_the_percentage_and_by_what_is_left(
    percent: float, weak: int, confidence: Confidence, ready: bool
) -> None:
    readiness = Readiness(percent=percent, passing=0.5, weak=weak)
    assert (readiness.confidence, readiness.is_ready) == (confidence, ready)


def test_two_tests_do_not_make_anybody_ready_and_a_third_does_more() -> None:
    two, three = (
        readiness_of(Evidence(masteries=[90.0], tests=[80.0] * count, answers=0, days=0))
        for count in (2, 3)
    )
    assert three.percent - two.percent == pytest.approx(0.35 * 80)


def test_of_many_tests_the_last_five_count() -> None:
    tests = [0.0, 0.0, 60.0, 60.0, 60.0, 60.0, 60.0]
    few, many = (
        readiness_of(Evidence(masteries=[50.0], tests=some, answers=9, days=9, trend=50))
        for some in (tests[2:], tests)
    )
    assert few == many


def test_nothing_answered_is_not_ready() -> None:
    readiness = readiness_of(Evidence(masteries=[], tests=[], answers=0, days=0))
    assert (readiness.percent, readiness.confidence) == (5.0, Confidence.LOW)


@pytest.mark.parametrize(
    ("scores", "trend"),
    [
        ([], 50),
        ([70.0], 50),
        ([70.0, 75.0], 50),
        ([70.0, 76.0], 56),
        ([76.0, 70.0], 44),
        ([78.0, 74.0, 81.0], 50),
        ([0.0, 100.0], 100),
        ([100.0, 0.0], 0),
    ],
)
def test_a_trend_is_how_much_better_the_later_half_is(scores: list[float], trend: float) -> None:
    assert trend_of(scores) == trend


TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("percent", "days", "when"),
    [
        (85.0, 0, TODAY),
        (42.5, 10, TODAY + 10 * DAY),
        (84.0, 10, TODAY + DAY),
        (42.5, 6, None),
        (0.0, 30, None),
        (10.0, 60, None),
    ],
)
def test_who_goes_on_as_before_is_ready_on_a_day(
    percent: float, days: int, when: date | None
) -> None:
    assert ready_on(percent, days, TODAY) == when


def local(day: int, hour: int, zone: ZoneInfo = NEW_YORK, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=zone).astimezone(UTC)


def five(day: int, hour: int = 12, month: int = 3) -> list[datetime]:
    return [local(day, hour, month=month)] * 5


def test_a_streak_goes_on_day_by_day_over_a_change_of_clocks() -> None:
    # Clocks in New York go forward on the 8th of March 2026, and back on the 1st of November.
    days = [*five(6, 23), *five(7, 0), *five(8, 1), *five(9, 23), *five(10, 0)]
    assert streak_of(days, NEW_YORK, at=local(10, 9)).days == 5
    autumn = [*five(31, 23, 10), *five(1, 1, 11), *five(2, 0, 11)]
    assert streak_of(autumn, NEW_YORK, at=local(2, 9, month=11)).days == 3


def test_a_day_of_four_answers_breaks_a_streak() -> None:
    days = [*five(3), *five(4)[:4], *five(5), *five(6)]
    assert streak_of(days, NEW_YORK, at=local(6, 20)).days == 2


def test_today_breaks_nothing_before_it_is_over() -> None:
    days = [*five(3), *five(4), *five(5)[:4]]
    early = streak_of(days, NEW_YORK, at=local(5, 20))
    assert (early.days, early.today) == (2, 4)
    assert streak_of([*days, local(5, 21)], NEW_YORK, at=local(5, 22)).days == 3
    assert streak_of(days, NEW_YORK, at=local(6, 1)).days == 0


def test_the_same_answers_are_of_other_days_elsewhere() -> None:
    evening = [datetime(2026, 3, 3, 15, tzinfo=UTC)] * 3 + [
        datetime(2026, 3, 3, 17, tzinfo=UTC)
    ] * 3
    at = datetime(2026, 3, 3, 18, tzinfo=UTC)
    assert streak_of(evening, NEW_YORK, at=at).days == 1
    assert streak_of(evening, MANILA, at=at).days == 0


@pytest.mark.parametrize(
    ("credit", "confidence", "seconds", "rating"),
    [
        ("0", 5, 5, Rating.AGAIN),
        ("1/2", 5, 5, Rating.AGAIN),
        ("1", 2, 5, Rating.HARD),
        ("1", 5, 121, Rating.HARD),
        ("1", None, 0, Rating.GOOD),
        ("1", 5, 21, Rating.GOOD),
        ("1", 5, 0, Rating.GOOD),
        ("1", 4, 5, Rating.GOOD),
        ("1", 5, 20, Rating.EASY),
    ],
)
def test_an_answer_tells_how_well_it_was_known(
    credit: str, confidence: int | None, seconds: int, rating: Rating
) -> None:
    assert rating_of(Fraction(credit), confidence, seconds) is rating
