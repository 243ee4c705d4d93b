"""Which question comes next: of the objective that is most behind, one of those that tell most."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction

import attrs

from homeroom.exams.model.adaptive.pools import Pool, PoolItem
from homeroom.exams.model.adaptive.rules import Rules
from homeroom.kernel.ids import ObjectiveId, QuestionId

_TESTS_THAT_COUNT = 20
"""Of fewer tests, shares say nothing yet."""


@attrs.frozen
class Exposure:
    """How often questions were shown, in how many tests."""

    tests: int = 0
    shown: Mapping[QuestionId, int] = attrs.field(factory=dict[QuestionId, int])

    def rate(self, question_id: QuestionId) -> float:
        """In which share of the tests it was shown."""
        return self.shown.get(question_id, 0) / self.tests if self.tests else 0.0

    def is_below(self, most: float, question_id: QuestionId) -> bool:
        """Whether it was shown in less than that share of them; of few tests, it always was."""
        return self.tests < _TESTS_THAT_COUNT or self.rate(question_id) < most


@attrs.frozen(kw_only=True)
class Chooser:
    """Chooses out of a pool, by rules, an exam's weights, and what was shown to others."""

    pool: Pool
    rules: Rules
    weights: Mapping[ObjectiveId, Fraction]
    exposure: Exposure = Exposure()

    def next_item(
        self, ability: float, asked: Sequence[tuple[QuestionId, ObjectiveId]], seed: str
    ) -> PoolItem | None:
        """The next one after those *asked*, as *seed* draws it; None if no other is left.

        One that was shown too often comes only where its objective has no other.
        """
        taken = {question_id for question_id, _ in asked}
        for objective_id in most_behind(
            self.weights, [one for _, one in asked], self.pool.objectives
        ):
            for allowance in (self.rules.most_shown, None):
                found = self._best(ability, objective_id, taken, allowance)
                if found:
                    return found[drawn(len(found), f"{seed}:{len(asked)}")]
        return None

    def _best(
        self,
        ability: float,
        objective_id: ObjectiveId,
        taken: Collection[QuestionId],
        allowance: float | None,
    ) -> Sequence[PoolItem]:
        def allows(one: PoolItem) -> bool:
            if one.question_id in taken:
                return False
            return allowance is None or self.exposure.is_below(allowance, one.question_id)

        return self.pool.best(ability, objective_id, allows, self.rules.among)


def most_behind(
    weights: Mapping[ObjectiveId, Fraction],
    asked: Sequence[ObjectiveId],
    there: Collection[ObjectiveId],
) -> Sequence[ObjectiveId]:
    """The objectives that are *there*, the one first whose share of what was asked is farthest
    below its weight; of equals, the one that stands first. Those without a weight are left out."""
    weighted = [one for one in weights if one in there]
    total = sum((weights[one] for one in weighted), start=Fraction(0))
    counted = Fraction(len(asked) or 1)

    def gap(objective_id: ObjectiveId) -> Fraction:
        due = weights[objective_id] / total if total else Fraction(0)
        return due - asked.count(objective_id) / counted

    return sorted(weighted, key=gap, reverse=True)


def drawn(count: int, seed: str) -> int:
    """A place among *count* that *seed* alone decides, each as likely as any other."""
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()) % count


def overlap(rates: Sequence[float], length: float) -> float:
    """Which share of their questions two persons have in common on average, if each question of
    the pool is shown at these rates and a test is of this length."""
    count = len(rates)
    mean = sum(rates) / count
    variance = sum((rate - mean) ** 2 for rate in rates) / count
    return count / length * variance + length / count
