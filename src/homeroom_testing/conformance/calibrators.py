"""The promises of whatever learns from answers what questions are like."""

import random

import pytest

from homeroom.exams.model.adaptive.calibration import Calibration, Person
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.ports.adaptive import Calibrator
from homeroom_testing.conformance.contract import Conformance

TRUTH = tuple(
    Curve(a=a, b=b)
    for a, b in (
        *((0.7, -1.5), (1.0, -1.0), (1.4, -0.6), (0.9, -0.2), (1.8, 0.0)),
        *((1.1, 0.3), (0.8, 0.7), (1.5, 1.0), (1.2, 1.4), (2.0, 0.5)),
    )
)


def made_up(count: int, *, answered: float = 1.0, seed: int = 5) -> list[Person]:
    """Answers of so many of a normal population, who each answered that share of the questions."""
    chance = random.Random(seed)
    persons = list[Person]()
    for _ in range(count):
        ability = chance.gauss(0, 1)
        persons.append(
            tuple(
                (place, chance.random() < curve.probability(ability))
                for place, curve in enumerate(TRUTH)
                if chance.random() < answered
            )
        )
    return persons


class CalibratorConformance(Conformance):
    """What `Calibrator` promises. Subclass, provide `calibrator`, inherit the proof."""

    @pytest.fixture
    def calibrator(self) -> Calibrator:
        raise NotImplementedError("return a calibrator")

    @pytest.fixture
    def learnt(self, calibrator: Calibrator) -> Calibration:
        return calibrator(made_up(1500), len(TRUTH))

    def test_known_curves_are_found_again(self, learnt: Calibration) -> None:
        assert learnt.settled
        for found, true in zip(learnt.items, TRUTH, strict=True):
            assert found.curve.a == pytest.approx(true.a, abs=4 * found.a_error)
            assert found.curve.b == pytest.approx(true.b, abs=4 * found.b_error)
            assert (found.curve.c, found.curve.d, found.answers) == (0, 1, 1500)

    def test_errors_are_as_large_as_they_are_off(self, learnt: Calibration) -> None:
        """Of 20 estimates, about two thirds are within one error."""
        off = [
            abs(value - true) / error
            for found, curve in zip(learnt.items, TRUTH, strict=True)
            for value, true, error in (
                (found.curve.a, curve.a, found.a_error),
                (found.curve.b, curve.b, found.b_error),
            )
        ]
        assert 9 <= sum(one < 1 for one in off) <= 19
        assert all(0.02 < found.b_error < 0.3 for found in learnt.items)

    def test_a_quarter_of_the_persons_leaves_twice_the_error(
        self, calibrator: Calibrator, learnt: Calibration
    ) -> None:
        fewer = calibrator(made_up(375), len(TRUTH))
        ratios = [
            few.a_error / many.a_error for few, many in zip(fewer.items, learnt.items, strict=True)
        ]
        assert 1.5 < sum(ratios) / len(ratios) < 2.5

    def test_who_did_not_answer_everything_counts_for_what_they_did(
        self, calibrator: Calibrator
    ) -> None:
        persons = made_up(1200, answered=0.6)
        found = calibrator(persons, len(TRUTH))
        for place, (one, true) in enumerate(zip(found.items, TRUTH, strict=True)):
            assert one.curve.b == pytest.approx(true.b, abs=4 * one.b_error)
            assert one.answers == sum(place in dict(person) for person in persons)

    def test_the_order_of_persons_and_answers_makes_no_difference(
        self, calibrator: Calibrator
    ) -> None:
        persons = made_up(200)
        other = [person[::-1] for person in reversed(persons)]
        first, second = (calibrator(each, len(TRUTH)) for each in (persons, other))
        for one, two in zip(first.items, second.items, strict=True):
            assert (one.curve.a, one.curve.b) == pytest.approx((two.curve.a, two.curve.b))

    def test_what_everybody_has_right_or_nobody_stays_within_bounds(
        self, calibrator: Calibrator
    ) -> None:
        persons: list[Person] = [((0, True), (1, False), (2, each)) for each in (True, False) * 50]
        easy, hard, middling = calibrator(persons, 3).items
        assert -10 <= easy.curve.b < -1
        assert 1 < hard.curve.b <= 10
        assert abs(middling.curve.b) < 0.5 < min(easy.b_error, hard.b_error)

    def test_what_nobody_answered_is_the_average_question(self, calibrator: Calibrator) -> None:
        (only,) = calibrator([(), ()], 1).items
        assert (only.curve, only.answers) == (Curve(a=1, b=0), 0)
