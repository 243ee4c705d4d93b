"""Calibration by marginal likelihood: what only ours promises; the rest is in its suite."""

from homeroom.exams.model.adaptive.calibration import MarginalCalibrator
from homeroom_testing.conformance.calibrators import TRUTH, made_up


class TestCalibration:
    def test_it_gives_up_when_it_is_told_to(self) -> None:
        found = MarginalCalibrator(most_rounds=2)(made_up(100), len(TRUTH))
        assert (found.rounds, found.settled) == (2, False)

    def test_rounds_come_nearer_to_what_nothing_moves(self) -> None:
        persons = made_up(300)
        settled = MarginalCalibrator(tolerance=1e-6)(persons, len(TRUTH))
        early, late = (
            MarginalCalibrator(most_rounds=rounds, tolerance=0)(persons, len(TRUTH))
            for rounds in (3, 12)
        )
        off = [
            max(
                abs(one.curve.b - end.curve.b) for one, end in zip(each, settled.items, strict=True)
            )
            for each in (early.items, late.items)
        ]
        assert off[1] < off[0] / 2
