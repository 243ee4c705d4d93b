"""Our calibrator signs the suite, and careless ones are caught."""

import random
from collections.abc import Iterable

import attrs
import pytest

from homeroom.exams.model.adaptive.calibration import Calibration, MarginalCalibrator, Person
from homeroom.exams.model.adaptive.curves import Curve
from homeroom.exams.ports.adaptive import Calibrator
from homeroom_testing.conformance.calibrators import CalibratorConformance
from homeroom_testing.sabotage import broken_clauses


class TestOurCalibrator(CalibratorConformance):
    @pytest.fixture
    def calibrator(self) -> Calibrator:
        return MarginalCalibrator()


@attrs.frozen
class TooSure:
    """Thinks that it knows twice as well."""

    def __call__(self, persons: Iterable[Person], items: int) -> Calibration:
        found = MarginalCalibrator()(persons, items)
        surer = [
            attrs.evolve(one, a_error=one.a_error / 4, b_error=one.b_error / 4)
            for one in found.items
        ]
        return attrs.evolve(found, items=tuple(surer))


@attrs.frozen
class TakesEverythingForEasy:
    def __call__(self, persons: Iterable[Person], items: int) -> Calibration:
        found = MarginalCalibrator()(persons, items)
        easier = [attrs.evolve(one, curve=Curve(a=one.curve.a, b=-1)) for one in found.items]
        return attrs.evolve(found, items=tuple(easier))


@attrs.frozen
class LooksAtSome:
    """At the first half of them, as they happen to come."""

    def __call__(self, persons: Iterable[Person], items: int) -> Calibration:
        every = list(persons)
        return MarginalCalibrator()(every[: len(every) // 2], items)


@attrs.frozen
class Guesses:
    """A little, and otherwise each time."""

    chance: random.Random = attrs.field(factory=lambda: random.Random(1))

    def __call__(self, persons: Iterable[Person], items: int) -> Calibration:
        found = MarginalCalibrator()(persons, items)
        off = [
            attrs.evolve(
                one, curve=Curve(a=one.curve.a, b=one.curve.b + self.chance.gauss(0, 0.01))
            )
            for one in found.items
        ]
        return attrs.evolve(found, items=tuple(off))


CAUGHT_BY: dict[type[CalibratorConformance], dict[type[Calibrator], str]] = {
    CalibratorConformance: {
        TooSure: "test_errors_are_as_large_as_they_are_off",
        TakesEverythingForEasy: "test_known_curves_are_found_again",
        LooksAtSome: "test_who_did_not_answer_everything_counts_for_what_they_did",
        Guesses: "test_the_order_of_persons_and_answers_makes_no_difference",
    },
}


@pytest.mark.parametrize(("broken", "clause"), CAUGHT_BY[CalibratorConformance].items())
def test_a_careless_calibrator_is_caught(broken: type[Calibrator], clause: str) -> None:
    class Careless(CalibratorConformance):
        @pytest.fixture
        def calibrator(self) -> Calibrator:
            return broken()

    assert broken_clauses(Careless, only=clause) == {clause}
