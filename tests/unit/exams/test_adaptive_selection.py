"""Which question comes next, and when it is enough."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from uuid import UUID

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.errors import BadSitting
from homeroom.exams.model.adaptive.ability import Ability
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.model.adaptive.pools import Pool, PoolItem
from homeroom.exams.model.adaptive.rules import Rules, Stop, Verdict
from homeroom.exams.model.adaptive.selection import (
    Chooser,
    Exposure,
    drawn,
    most_behind,
    overlap,
)
from homeroom.kernel.ids import ObjectiveId, QuestionId

ONE, TWO, THREE = (ObjectiveId(UUID(int=number)) for number in (1, 2, 3))
BEST_ALONE = Rules(among=1)


def item(number: int, curve: Curve, objective_id: ObjectiveId = ONE) -> PoolItem:
    return PoolItem(
        question_id=QuestionId(UUID(int=number)),
        edition=1,
        objective_id=objective_id,
        curve=curve,
    )


def chooser(items: Sequence[PoolItem], rules: Rules = BEST_ALONE, **weights: int) -> Chooser:
    named = {"one": ONE, "two": TWO, "three": THREE}
    shares = {named[name]: Fraction(weight) for name, weight in (weights or {"one": 1}).items()}
    return Chooser(pool=Pool(items), rules=rules, weights=shares)


B5 = [
    item(number, Curve(a=a, b=b))
    for number, (a, b) in enumerate([(1.2, -1), (0.8, -0.5), (1.5, 0), (1, 0.6), (1.7, 1.1)])
]

curves = st.builds(
    Curve, a=st.floats(0.3, 2.5), b=st.floats(-3, 3), c=st.sampled_from([0.0, 0.2, 0.25])
)


class TestWhichComesNext:
    def test_the_worked_bank_asks_what_tells_most(self) -> None:
        choose = chooser(B5)
        first, middling = choose.next_item(0, [], "s"), [(B5[2].question_id, ONE)]
        assert first == B5[2]
        assert choose.next_item(0, middling, "s") == B5[4]
        assert choose.next_item(1, [], "s") == B5[4]

    @given(st.lists(curves, min_size=1, max_size=60), st.floats(-5, 5), st.data())
    def test_what_comes_tells_as_much_as_the_best_there_is(
        self, every: list[Curve], ability: float, data: st.DataObject
    ) -> None:
        items = [item(number, curve) for number, curve in enumerate(every)]
        count = data.draw(st.integers(0, len(items) - 1))
        asked = [(one.question_id, ONE) for one in items[:count]]
        found = chooser(items).next_item(ability, asked, "s")
        assert found is not None
        best = max(one.curve.information(ability) for one in items[count:])
        assert found.curve.information(ability) == pytest.approx(best, rel=0.05, abs=1e-3)

    @given(st.integers(1, 6), st.text(max_size=5))
    def test_one_of_those_that_tell_most_is_drawn_by_the_seed(self, among: int, seed: str) -> None:
        items = [item(number, Curve(a=2 - number / 10)) for number in range(10)]
        choose = chooser(items, Rules(among=among))
        found = choose.next_item(0, [], seed)
        assert found in items[:among]
        assert choose.next_item(0, [], seed) == found

    def test_each_of_them_comes_about_as_often(self) -> None:
        counted = Counter(drawn(5, f"seed {number}") for number in range(5000))
        assert sorted(counted) == [0, 1, 2, 3, 4]
        assert all(900 < count < 1100 for count in counted.values())

    @pytest.mark.parametrize("count", [10, 37, 60])
    def test_objectives_come_as_often_as_they_weigh(self, count: int) -> None:
        weights = {ONE: Fraction(50), TWO: Fraction(30), THREE: Fraction(20)}
        named = (ONE, TWO, THREE)
        items = [item(number, Curve(b=number / 90), named[number % 3]) for number in range(180)]
        choose = Chooser(pool=Pool(items), rules=Rules(), weights=weights)
        asked: list[tuple[QuestionId, ObjectiveId]] = []
        for _ in range(count):
            found = choose.next_item(0, asked, "s")
            assert found is not None
            asked.append((found.question_id, found.objective_id))
        assert len({question for question, _ in asked}) == count
        shares = Counter(objective for _, objective in asked)
        assert all(abs(shares[one] - weights[one] * count / 100) <= 1 for one in weights)

    def test_one_that_is_used_up_leaves_its_turn_to_the_next(self) -> None:
        choose = chooser([item(1, Curve(), ONE), item(2, Curve(), TWO)], one=90, two=10)
        asked = [(QuestionId(UUID(int=1)), ONE)]
        following = choose.next_item(0, asked, "s")
        assert following is not None
        assert following.objective_id == TWO
        asked.append((following.question_id, TWO))
        assert choose.next_item(0, asked, "s") is None

    def test_what_weighs_nothing_known_is_left_out(self) -> None:
        assert list(most_behind({ONE: Fraction(1)}, [], [TWO])) == []
        assert chooser([item(1, Curve(), TWO)]).next_item(0, [], "s") is None


class TestHowOftenAQuestionShows:
    def test_one_that_was_shown_too_often_makes_room(self) -> None:
        shown = Exposure(100, {B5[2].question_id: 60, B5[4].question_id: 59})
        choose = attrs.evolve(chooser(B5), exposure=shown)
        assert choose.next_item(0, [], "s") == B5[4]

    def test_it_comes_where_its_objective_has_no_other(self) -> None:
        shown = Exposure(100, {one.question_id: 100 for one in B5})
        assert attrs.evolve(chooser(B5), exposure=shown).next_item(0, [], "s") == B5[2]

    def test_of_few_tests_shares_say_nothing(self) -> None:
        shown = Exposure(19, {B5[2].question_id: 19})
        assert attrs.evolve(chooser(B5), exposure=shown).next_item(0, [], "s") == B5[2]

    def test_no_question_is_shown_to_more_than_its_share(self) -> None:
        items = [item(number, Curve(a=1 + number / 40)) for number in range(40)]
        rules = Rules(among=1, most_shown=0.25)
        counted: Counter[QuestionId] = Counter()
        for number in range(200):
            choose = attrs.evolve(chooser(items, rules), exposure=Exposure(number, counted))
            asked: list[tuple[QuestionId, ObjectiveId]] = []
            for _ in range(5):
                found = choose.next_item(0, asked, str(number))
                assert found is not None
                asked.append((found.question_id, ONE))
            counted.update(question for question, _ in asked)
        assert max(counted.values()) <= 200 * 0.25 + 1
        assert len(counted) >= 20

    @pytest.mark.parametrize(
        ("rates", "shared"), [([0.5] * 10, 0.5), ([1.0] * 5 + [0.0] * 5, 1.0)], ids=["even", "odd"]
    )
    def test_what_two_persons_share_follows_from_the_rates(
        self, rates: list[float], shared: float
    ) -> None:
        assert overlap(rates, 5) == pytest.approx(shared)


class TestWhenItIsEnough:
    RULES = Rules(fewest=3, most=10, error=0.3)

    @pytest.mark.parametrize(
        ("ability", "count", "stop"),
        [
            (Ability(3, 0.1), 2, None),
            (Ability(3, 0.5), 3, Stop.SETTLED),
            (Ability(0.1, 0.5), 3, None),
            (Ability(0.1, 0.3), 3, Stop.PRECISE),
            (Ability(0.1, 0.5), 10, Stop.LONG_ENOUGH),
        ],
        ids=["too few", "settled", "in doubt", "precise", "long enough"],
    )
    def test_it_ends_for_a_reason(self, ability: Ability, count: int, stop: Stop | None) -> None:
        assert self.RULES.stop(ability, 0.0, count) is stop

    @given(st.floats(-4, 4), st.floats(0.01, 2), st.floats(-4, 4))
    def test_a_verdict_is_sure_of_its_side(self, value: float, error: float, cut: float) -> None:
        ability = Ability(value, error)
        low, high = ability.interval(0.9)
        expected = (
            Verdict.PASSED if low > cut else Verdict.FAILED if high < cut else Verdict.UNSETTLED
        )
        assert Rules().verdict(ability, cut) is expected

    def test_ninety_percent_reach_as_far_as_the_normal_table_says(self) -> None:
        assert Ability(0, 1).interval(0.9) == pytest.approx((-1.644854, 1.644854), abs=1e-6)

    def test_what_cannot_be_is_told_all_at_once(self) -> None:
        wrong = Rules(
            fewest=31, most=300, error=-1, confidence=1, among=0, most_shown=0, settles=False
        )
        with pytest.raises(BadSitting) as refused:
            wrong.expect_sound()
        fields = [one.field for one in refused.value.problems]
        assert fields == ["most", "error", "confidence", "among", "mostShown"]
