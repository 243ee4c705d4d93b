"""Curves and abilities: closed forms, values that others worked out, and what always holds."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.errors import BadParameters
from homeroom.exams.model.adaptive.ability import Method, estimate
from homeroom.exams.model.adaptive.curves import (
    HIGHEST,
    LOWEST,
    Answered,
    Curve,
    ability_for,
    expected_share,
    gradient,
    information,
    log_likelihood,
)

WORKED = [
    (0.0, Curve(a=1, b=0), 0.5, 0.25),
    (0.5, Curve(a=1.2, b=-0.3), 0.723121805, 0.288311991),
    (-1.0, Curve(a=0.8, b=0.5, c=0.2), 0.385180173, 0.054735982),
    (1.0, Curve(a=1.7, b=0.25, c=0.25), 0.836198098, 0.34583894),
    (2.0, Curve(a=2, b=1.5, c=0.2), 0.784846863, 0.586039788),
    (-4.0, Curve(a=1.5, b=-2, c=0.2), 0.237940699, 0.016208142),
]
"""Ability, curve, probability and information, as catsim 0.21.0 has them."""

BANK = tuple(Curve(a=a, b=b) for a, b in ((1.2, -1), (0.8, -0.5), (1.5, 0), (1, 0.6), (1.7, 1.1)))
GUESSED = tuple(
    Curve(a=one.a, b=one.b, c=c) for one, c in zip(BANK, (0.2, 0.25, 0.2, 0.2, 0.15), strict=True)
)
MIXED = (1, 1, 1, 0, 0)


def said(curves: tuple[Curve, ...], right: tuple[int, ...]) -> list[Answered]:
    return [Answered(curve, credit) for curve, credit in zip(curves, right, strict=True)]


curves = st.builds(
    Curve,
    a=st.floats(0.2, 3),
    b=st.floats(-3, 3),
    c=st.floats(0, 0.35),
    d=st.floats(0.9, 1),
)
plain_curves = st.builds(Curve, a=st.floats(0.2, 3), b=st.floats(-3, 3))
abilities = st.floats(-6, 6)


class TestCurves:
    @pytest.mark.parametrize(("ability", "curve", "likely", "told"), WORKED)
    def test_worked_values_come_out(
        self, ability: float, curve: Curve, likely: float, told: float
    ) -> None:
        assert curve.probability(ability) == pytest.approx(likely, abs=1e-9)
        assert curve.information(ability) == pytest.approx(told, abs=1e-9)

    @given(plain_curves, abilities)
    def test_with_two_parameters_information_is_a_squared_p_q(
        self, curve: Curve, ability: float
    ) -> None:
        right = curve.probability(ability)
        assert curve.information(ability) == pytest.approx(curve.a**2 * right * (1 - right))

    @given(curves, abilities)
    def test_with_four_it_is_the_closed_form(self, curve: Curve, ability: float) -> None:
        right, c, d = curve.probability(ability), curve.c, curve.d
        closed = (
            curve.a**2 * (right - c) ** 2 * (d - right) ** 2 / ((d - c) ** 2 * right * (1 - right))
        )
        assert curve.information(ability) == pytest.approx(closed, rel=1e-6, abs=1e-12)

    @given(curves, abilities, st.floats(0.01, 3))
    def test_who_is_abler_is_at_least_as_likely_to_be_right(
        self, curve: Curve, ability: float, more: float
    ) -> None:
        lower, upper = curve.probability(ability), curve.probability(ability + more)
        assert curve.c <= lower <= upper <= curve.d

    @pytest.mark.parametrize(
        ("curve", "top"),
        [(Curve(a=1, b=0.5, c=0.2), 0.767142), (Curve(a=1.5, b=-0.25), -0.25)],
        ids=["guessed", "plain"],
    )
    def test_a_curve_tells_most_where_the_closed_form_says(self, curve: Curve, top: float) -> None:
        best = curve.information(top)
        assert best > curve.information(top - 0.01)
        assert best > curve.information(top + 0.01)

    @given(curves, st.floats(-1e6, 1e6))
    def test_however_far_away_nothing_breaks(self, curve: Curve, ability: float) -> None:
        assert 0 <= curve.probability(ability) <= 1
        assert curve.information(ability) >= 0

    def test_what_cannot_be_a_curve_is_told_all_at_once(self) -> None:
        with pytest.raises(BadParameters) as refused:
            Curve(a=0, b=math.nan, c=0.5, d=0.4).expect_sound()
        assert [one.field for one in refused.value.problems] == ["a", "b", "d"]

    def test_what_a_pool_tells_is_the_sum(self) -> None:
        assert information(BANK, 0) == pytest.approx(1.535616, abs=1e-6)

    @given(st.lists(plain_curves, min_size=1, max_size=8), st.floats(-3, 3))
    def test_the_ability_for_a_share_is_the_one_that_is_expected_to_have_it(
        self, every: list[Curve], ability: float
    ) -> None:
        def expected(able: float) -> float:
            return expected_share(every, able)

        assert ability_for(expected, expected(ability)) == pytest.approx(ability, abs=1e-6)

    @given(st.lists(curves, min_size=1, max_size=6), st.floats(-3, 3), st.data())
    def test_the_gradient_is_that_of_the_likelihood(
        self, every: list[Curve], ability: float, data: st.DataObject
    ) -> None:
        credit = st.sampled_from([0, 0.5, 1])
        answered = [Answered(one, data.draw(credit)) for one in every]
        ahead, behind = (log_likelihood(answered, ability + step) for step in (1e-5, -1e-5))
        assert gradient(answered, ability) == pytest.approx((ahead - behind) / 2e-5, abs=1e-4)


class TestAbilities:
    def test_the_worked_bank_has_its_ability(self) -> None:
        answered = said(BANK, MIXED)
        best = estimate(answered, Method.MLE)
        assert best.value == pytest.approx(0.48384, abs=1e-4)
        assert best.error == pytest.approx(0.786993, abs=1e-5)
        assert best.reliability == pytest.approx(0.380642, abs=1e-4)
        assert best.interval(0.9) == pytest.approx((-0.810647, 1.778329), abs=1e-4)
        assert log_likelihood(answered, best.value) == pytest.approx(-1.863057, abs=1e-6)
        mean = estimate(answered)
        assert (mean.value, mean.error) == pytest.approx((0.290755, 0.635640), abs=1e-5)

    def test_the_worked_bank_with_guessing_has_another(self) -> None:
        answered = said(GUESSED, MIXED)
        best = estimate(answered, Method.MLE)
        assert (best.value, best.error) == pytest.approx((0.287697, 0.982166), abs=1e-4)
        mean = estimate(answered)
        assert (mean.value, mean.error) == pytest.approx((0.085532, 0.721164), abs=1e-5)

    @pytest.mark.parametrize(
        ("right", "bound", "mean"),
        [((1,) * 5, HIGHEST, (1.429623, 0.683179)), ((0,) * 5, LOWEST, (-1.272386, 0.724823))],
        ids=["all right", "all wrong"],
    )
    def test_all_right_or_all_wrong_does_not_diverge(
        self, right: tuple[int, ...], bound: float, mean: tuple[float, float]
    ) -> None:
        best = estimate(said(BANK, right), Method.MLE)
        assert best.value == bound
        assert math.isfinite(best.error)
        found = estimate(said(BANK, right))
        assert (found.value, found.error) == pytest.approx(mean, abs=1e-5)
        between = estimate(said(BANK, right), Method.MAP)
        assert 0 < abs(between.value) < abs(bound)

    @pytest.mark.parametrize("method", Method)
    def test_of_who_answered_nothing_the_population_is_known(self, method: Method) -> None:
        found = estimate([], method)
        assert (found.value, found.error, found.reliability) == (0, 1, 0)

    @given(st.lists(curves, min_size=1, max_size=10), st.data())
    def test_one_more_right_makes_nobody_less_able(
        self, every: list[Curve], data: st.DataObject
    ) -> None:
        credit = [data.draw(st.sampled_from([0, 1])) for _ in every]
        place = data.draw(st.integers(0, len(every) - 1))
        worse, better = [
            [Answered(one, now if at != place else put) for at, (one, now) in enumerate(pairs)]
            for put in (0, 1)
            for pairs in [list(zip(every, credit, strict=True))]
        ]
        assert estimate(better).value >= estimate(worse).value - 1e-9

    @given(st.lists(plain_curves, min_size=1, max_size=10), st.data())
    def test_the_order_of_answers_makes_no_difference(
        self, every: list[Curve], data: st.DataObject
    ) -> None:
        answered = [Answered(one, data.draw(st.sampled_from([0, 1]))) for one in every]
        other = data.draw(st.permutations(answered))
        method = data.draw(st.sampled_from(Method))
        assert estimate(other, method).value == pytest.approx(
            estimate(answered, method).value, abs=1e-6
        )

    @given(st.lists(plain_curves, min_size=1, max_size=10), st.data())
    def test_where_the_prior_counts_an_answer_makes_one_surer(
        self, every: list[Curve], data: st.DataObject
    ) -> None:
        answered = [Answered(one, data.draw(st.sampled_from([0, 1]))) for one in every]
        errors = [
            estimate(answered[:count], Method.MAP).error for count in range(len(answered) + 1)
        ]
        assert all(error < 1 for error in errors[1:])
        assert estimate(answered).error < 1
