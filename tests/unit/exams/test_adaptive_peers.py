"""Another library says the same: values that catsim 0.21.0 worked out over the same questions.

It brings numpy, scipy, scikit-learn and matplotlib with it; so what it said is written down here.
"""

import pytest

from homeroom.exams.model.adaptive.ability import Method, estimate
from homeroom.exams.model.adaptive.curves import Answered, Curve, information

BANK = tuple(
    Curve(a=a, b=b, c=c, d=d)
    for a, b, c, d in (
        *((0.88, 0.22, 0.2, 0.97), (1.35, 0.4, 0, 1), (0.92, -1.33, 0.25, 0.97)),
        *((2.07, -0.12, 0, 1), (1.67, 1.84, 0.25, 0.97), (0.43, 1.39, 0, 0.97)),
        *((0.49, 1.4, 0.2, 1), (1.59, 2.1, 0.25, 0.97), (1.98, -0.37, 0.25, 1)),
        *((2.16, -2.01, 0, 1), (0.83, 2.33, 0.25, 0.97), (2.11, -0.39, 0.25, 0.97)),
    )
)
"""Questions of two, three and four parameters."""

PROBABILITY = {
    -1.5: (
        *(0.338912532, 0.071425213, 0.581905245, 0.054341156, 0.252711976, 0.217247371),
        *(0.35560389, 0.252344307, 0.322331403, 0.750559777, 0.278776614, 0.313140946),
    ),
    0.25: (
        *(0.590081705, 0.449547289, 0.833597339, 0.682633315, 0.29727743, 0.36845106),
        *(0.490190412, 0.286100646, 0.830048682, 0.992472229, 0.35875502, 0.821820411),
    ),
    1.75: (
        *(0.811026146, 0.860865837, 0.930014604, 0.979585818, 0.582996815, 0.522464217),
        *(0.634216177, 0.512337528, 0.988893245, 0.999703035, 0.524983545, 0.962208983),
    ),
}
INFORMATION = {
    -1.5: (
        *(0.044802197, 0.120874855, 0.111349289, 0.220193275, 0.000107799, 0.030904947),
        *(0.016460366, 7.3164e-05, 0.076661334, 0.873492689, 0.002615058, 0.068684538),
    ),
    0.25: (
        *(0.118594902, 0.45098587, 0.074587554, 0.92830247, 0.026049646, 0.041486632),
        *(0.032856515, 0.014554181, 0.480128754, 0.034857183, 0.025526923, 0.421076611),
    ),
    1.75: (
        *(0.080411528, 0.218291483, 0.018546106, 0.085687044, 0.367512092, 0.043062536),
        *(0.040795416, 0.281361843, 0.04273749, 0.001385107, 0.07979991, 0.007271853),
    ),
}
CHOSEN = {-1.5: 9, 0.25: 3, 1.75: 4}
ESTIMATED = {
    "110101100101": (0.254393, 0.615249),
    "010001000100": (-1.116987, 0.747425),
    "111101110111": (0.909304, 0.786502),
}
"""What was answered, the likeliest ability, and its error by what the whole bank tells there."""


@pytest.mark.parametrize("ability", PROBABILITY)
def test_a_right_answer_is_as_likely(ability: float) -> None:
    ours = [curve.probability(ability) for curve in BANK]
    assert ours == pytest.approx(PROBABILITY[ability], abs=1e-9)


@pytest.mark.parametrize("ability", INFORMATION)
def test_an_answer_tells_as_much(ability: float) -> None:
    ours = [curve.information(ability) for curve in BANK]
    assert ours == pytest.approx(INFORMATION[ability], abs=1e-9)
    assert ours.index(max(ours)) == CHOSEN[ability]


@pytest.mark.parametrize("said", ESTIMATED)
def test_the_likeliest_ability_is_the_same(said: str) -> None:
    value, error = ESTIMATED[said]
    answered = [Answered(curve, float(one)) for curve, one in zip(BANK, said, strict=True)]
    found = estimate(answered, Method.MLE)
    assert (found.value, found.error) == pytest.approx((value, error), abs=1e-3)
    assert information(BANK, found.value) == pytest.approx(found.error**-2)
