"""The formulas of what is earned, by worked values; and the rules that no value may break."""

import math
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.achievement_errors import BadPlan
from homeroom.exams.model.achievers import Achiever
from homeroom.exams.model.badges import (
    BADGES,
    Feats,
    badge_called,
    has_weekend,
    is_expert,
    reached_by,
)
from homeroom.exams.model.boards import Line, Measure, Period, Sums, alias_from, ranked
from homeroom.exams.model.earnings import Run, run_through
from homeroom.exams.model.experience import (
    Award,
    Booking,
    Cause,
    for_session,
    for_test,
    level_of,
    paid,
    to_next,
)
from homeroom.exams.model.mastery import Mastery
from homeroom.exams.model.plans import Aim, daily_target, difficulty_of, plan_of
from homeroom.kernel.ids import InstitutionId, ObjectiveId, PersonId, new_id
from homeroom.published.exams import BadgeName

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MONDAY = date(2026, 3, 2)
DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))


class TestLevels:
    @pytest.mark.parametrize(
        ("points", "level", "left"),
        [(0, 1, 282), (282, 1, 0), (283, 2, 236), (520, 3, 280), (4580, 12, 107)],
    )
    def test_points_make_the_level_of_the_reference(
        self, points: int, level: int, left: int
    ) -> None:
        assert (level_of(points), to_next(points)) == (level, left)

    @given(st.integers(0, 10**12))
    def test_a_level_is_the_largest_whose_points_are_there(self, points: int) -> None:
        level = level_of(points)
        assert level == 1 or 10_000 * level**3 <= points**2
        assert 10_000 * (level + 1) ** 3 > points**2
        assert to_next(points) >= 0
        assert level_of(points + to_next(points) + 1) > level

    @given(st.integers(0, 10**6))
    def test_it_is_what_the_formula_with_fractions_says(self, points: int) -> None:
        said = (points / 100) ** (2 / 3)
        if not math.isclose(said, round(said), rel_tol=1e-9):
            assert level_of(points) == max(1, int(said))


class TestPoints:
    @pytest.mark.parametrize(
        ("percent", "premium", "points"),
        [("85", True, 180), ("75", False, 120), ("74.9", False, 100), ("95", False, 200)],
    )
    def test_a_test_pays_by_its_score(self, percent: str, premium: bool, points: int) -> None:
        assert paid(for_test(Decimal(percent), 65, 65), premium=premium) == points

    def test_a_perfect_test_pays_more_and_one_of_less_than_half_nothing(self) -> None:
        assert for_test(Decimal(100), 10, 10) == 400
        assert for_test(Decimal(50), 5, 10) == 100
        assert for_test(Decimal(100), 4, 9) == 0

    @pytest.mark.parametrize(
        ("answered", "premium", "points"),
        [(25, False, 30), (50, True, 45), (50, False, 37), (24, False, 25), (4, False, 0)],
    )
    def test_a_session_pays_by_its_length(self, answered: int, premium: bool, points: int) -> None:
        assert paid(for_session(answered), premium=premium) == points


class TestRuns:
    @pytest.mark.parametrize(
        ("days", "told"),
        [(6, []), (7, [7]), (60, [7, 14, 30, 60]), (250, [7, 14, 30, 60, 100, 200])],
    )
    def test_milestones_are_as_many_as_a_run_reaches(self, days: int, told: list[int]) -> None:
        assert list(Run(begins=MONDAY, days=days).milestones) == told

    @given(st.dictionaries(DAYS, st.integers(0, 9)), DAYS)
    def test_a_run_ends_where_a_day_of_study_is_missing(
        self, studied: Mapping[date, int], day: date
    ) -> None:
        run = run_through(studied, day)
        within = [run.begins + timedelta(days=number) for number in range(run.days)]
        assert all(studied[one] >= 5 for one in within)
        assert (day in within) == (studied.get(day, 0) >= 5)
        outside = run.begins - timedelta(days=1), run.begins + timedelta(days=run.days)
        assert not within or all(studied.get(one, 0) < 5 for one in outside)


class TestBadges:
    REACHED: Mapping[str, Feats] = {
        "firstDay": Feats(streak=1),
        "weekWarrior": Feats(streak=7),
        "studyStreak30": Feats(streak=30),
        "streakLegend": Feats(streak=100),
        "accuracy70": Feats(answered=50, correct=35),
        "accuracy85": Feats(answered=100, correct=85),
        "accuracy95": Feats(answered=100, correct=95),
        "perfectStreak10": Feats(in_a_row=10),
        "perfectStreak50": Feats(in_a_row=50),
        "questions100": Feats(answered=100),
        "questions1000": Feats(answered=1000),
        "questions5000": Feats(answered=5000),
        "studyTime10h": Feats(seconds=36_000),
        "studyTime100h": Feats(seconds=360_000),
        "firstTest": Feats(tests=1),
        "testAce": Feats(score=Decimal("90.0")),
        "examMastery": Feats(is_expert=True),
        "earlyBird": Feats(hours=frozenset({7})),
        "nightOwl": Feats(hours=frozenset({22})),
        "weekendWarrior": Feats(has_weekend=True),
    }
    JUST_NOT: Mapping[str, Feats] = {
        "firstDay": Feats(),
        "weekWarrior": Feats(streak=6),
        "studyStreak30": Feats(streak=29),
        "streakLegend": Feats(streak=99),
        "accuracy70": Feats(answered=49, correct=49),
        "accuracy85": Feats(answered=1000, correct=849),
        "accuracy95": Feats(answered=1000, correct=949),
        "perfectStreak10": Feats(in_a_row=9),
        "perfectStreak50": Feats(in_a_row=49),
        "questions100": Feats(answered=99),
        "questions1000": Feats(answered=999),
        "questions5000": Feats(answered=4999),
        "studyTime10h": Feats(seconds=35_999),
        "studyTime100h": Feats(seconds=359_999),
        "firstTest": Feats(),
        "testAce": Feats(score=Decimal("89.9")),
        "examMastery": Feats(),
        "earlyBird": Feats(hours=frozenset({8})),
        "nightOwl": Feats(hours=frozenset({21})),
        "weekendWarrior": Feats(),
    }

    @pytest.mark.parametrize("badge", BADGES, ids=lambda badge: badge.id)
    def test_each_is_reached_by_what_it_says_and_by_nothing_less(self, badge: object) -> None:
        known = badge_called(getattr(badge, "id", ""))
        assert known is not None
        assert known in reached_by(self.REACHED[known.id])
        assert known not in reached_by(self.JUST_NOT[known.id])

    def test_every_one_of_them_has_a_name_of_its_own_that_facts_may_tell(self) -> None:
        assert [one.id for one in BADGES] == [one.value for one in BadgeName]
        assert len({one.name for one in BADGES}) == len(BADGES)

    def test_a_weekend_is_a_saturday_and_the_sunday_after_it(self) -> None:
        saturday, sunday = date(2026, 3, 7), date(2026, 3, 8)
        assert has_weekend([sunday, saturday])
        assert not has_weekend([sunday, saturday + timedelta(days=7)])
        assert not has_weekend([sunday, sunday + timedelta(days=1)])

    def test_a_master_took_three_tests_with_ninety_in_the_mean(self) -> None:
        assert is_expert([Decimal(80), Decimal(90), Decimal(100)])
        assert not is_expert([Decimal(100), Decimal(100)])
        assert not is_expert([Decimal("89.9")] * 3)


class TestBoards:
    def test_who_is_as_good_as_another_shares_their_rank(self) -> None:
        me = PersonId(new_id())
        lines = [
            Line(person_id=me if number == 2 else PersonId(new_id()), alias="A", value=value)
            for number, value in enumerate([9, 7, 7, 5])
        ]
        places = ranked(lines, Measure.POINTS, me)
        assert [one.rank for one in places] == [1, 2, 2, 4]
        assert [one.is_me for one in places] == [False, False, True, False]

    @given(DAYS)
    def test_a_period_begins_in_it_and_so_does_its_first_day(self, day: date) -> None:
        for period in Period:
            begins = period.begins(day)
            assert begins <= day
            assert period.begins(begins) == begins
        assert Period.WEEKLY.begins(day).weekday() == 0
        assert Period.MONTHLY.begins(day).day == 1

    def test_accuracy_is_told_from_fifty_answers_on(self) -> None:
        assert Sums(answered=49, correct=49).accuracy is None
        assert Sums(answered=50, correct=33).value(Measure.ACCURACY) == 6600

    def test_an_alias_is_drawn_from_what_nobody_knows(self) -> None:
        seed = UUID(int=7)
        assert alias_from(seed) == alias_from(seed)
        assert len({alias_from(uuid4()) for _ in range(500)}) > 490


class TestAchievers:
    def test_answers_in_a_row_are_counted_in_the_order_in_which_they_were_given(self) -> None:
        who = PersonId(new_id())
        achiever = Achiever(person_id=who, institution_id=InstitutionId(new_id()))
        answers = [(3, 1), (1, 1), (2, 0), (4, 1)]
        achiever.take([_answered(who, *one) for one in answers], at=NOON)
        assert (achiever.in_a_row, achiever.best_in_a_row, achiever.answered) == (2, 2, 4)

    @given(st.lists(st.integers(-50, 400), max_size=20))
    def test_a_level_is_told_as_often_as_it_is_higher_than_before(self, steps: list[int]) -> None:
        who = PersonId(new_id())
        achiever = Achiever(person_id=who, institution_id=InstitutionId(new_id()))
        for number, step in enumerate(steps):
            before, award = achiever.level, _answered(who, number, 1, max(step, -achiever.points))
            achiever.take([award], at=NOON)
            assert len(achiever.release_events()) == (achiever.level > before)


class TestPlans:
    def test_a_plan_lists_what_is_not_known_that_well_the_least_known_first(self) -> None:
        known = [_mastery(percent) for percent in (72.0, 40.0, 90.0, 60.0)]
        masteries = {ObjectiveId(new_id()): one for one in known}
        plan = plan_of(masteries, Aim(), MONDAY)
        assert [one.mastery.percent for one in plan.sections] == [40.0, 60.0, 72.0]
        assert [one.priority for one in plan.sections] == ["high", "medium", "low"]
        assert [one.questions for one in plan.sections] == [40, 20, 8]
        assert [one.hours for one in plan.sections] == [6, 3, 2]
        assert (plan.hours, plan.days, plan.done_on) == (11, 6, date(2026, 3, 7))
        assert daily_target(plan) == 5

    def test_a_plan_that_is_too_long_says_how_much_a_day_it_would_take(self) -> None:
        until = MONDAY + timedelta(days=1)
        plan = plan_of({ObjectiveId(new_id()): _mastery(0.0)}, Aim(until=until), MONDAY)
        assert (plan.hours, plan.days, plan.fits) == (12, 6, False)
        assert (plan.hours_needed, daily_target(plan)) == (6.0, 40)

    def test_what_cannot_be_planned_is_refused_all_at_once(self) -> None:
        with pytest.raises(BadPlan) as refused:
            Aim(target=40, hours=0.1, until=date(2020, 1, 1)).expect_sound(MONDAY)
        fields = [one.field for one in refused.value.problems]
        assert fields == ["targetScore", "dailyHours", "targetDate"]

    @pytest.mark.parametrize(
        ("right", "difficulty"), [([10], 3.5), ([6], 2.5), ([8], 3.0), ([9] * 9, 5.0), ([0] * 9, 1)]
    )
    def test_each_ten_answers_make_it_harder_or_easier(
        self, right: list[int], difficulty: float
    ) -> None:
        worth = [Fraction(number < each) for each in right for number in range(10)]
        assert difficulty_of(worth) == difficulty


def _answered(who: PersonId, minute: int, correct: int, points: int = 10) -> Booking:
    award = Award(
        person_id=who,
        cause=Cause.ANSWER,
        key=str(minute),
        at=NOON + timedelta(minutes=minute),
        day=MONDAY,
        points=points,
        answered=1,
        correct=correct,
    )
    return Booking(award=award)


def _mastery(percent: float) -> Mastery:
    return Mastery(percent=percent, low=0.0, high=100.0, answers=20)
