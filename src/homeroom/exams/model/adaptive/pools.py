"""A pool of questions, laid out so that the one that tells most is found without looking at all.

For abilities 0.1 apart, the questions of each objective stand in the order of what they tell. Such
a row is laid out when it is first asked for, and kept. To choose is to walk down a few of them.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from fractions import Fraction

import attrs

from homeroom.exams.model.adaptive.curves import (
    HIGHEST,
    LOWEST,
    Curve,
    ability_for,
    expected_share,
)
from homeroom.kernel.ids import ObjectiveId, QuestionId

_STEP = 0.1
_LOOKED_AT = 8
"""So many more than asked for are weighed exactly: the row is of an ability close by."""


@attrs.frozen(kw_only=True)
class PoolItem:
    """A question that may be asked, in which edition, and what is known of it."""

    question_id: QuestionId
    edition: int
    objective_id: ObjectiveId
    curve: Curve


@attrs.define(eq=False)
class Pool:
    """All that may be asked in an exam."""

    items: Sequence[PoolItem]
    _by_objective: Mapping[ObjectiveId, Sequence[PoolItem]] = attrs.field(
        init=False, repr=False, alias="by_objective"
    )
    _rows: dict[tuple[int, ObjectiveId], Sequence[PoolItem]] = attrs.field(
        factory=dict, init=False, repr=False, alias="rows"
    )
    _cuts: dict[tuple[object, ...], float] = attrs.field(
        factory=dict, init=False, repr=False, alias="cuts"
    )

    def __attrs_post_init__(self) -> None:
        apart: dict[ObjectiveId, list[PoolItem]] = {}
        for one in self.items:
            apart.setdefault(one.objective_id, []).append(one)
        self._by_objective = apart

    @property
    def objectives(self) -> Collection[ObjectiveId]:
        """Those that it has questions of."""
        return self._by_objective.keys()

    def cut(self, weights: Mapping[ObjectiveId, Fraction], passing: float) -> float:
        """The ability of which the share *passing* is expected, if all of the pool were asked and
        marked by *weights*. It is looked for once."""
        asked = passing, *sorted(weights.items())
        known = self._cuts.get(asked)
        if known is None:
            shares = [
                (float(weights[one]), [item.curve for item in self._by_objective[one]])
                for one in weights
                if one in self._by_objective
            ]
            whole = sum(weight for weight, _ in shares)

            def expected(ability: float) -> float:
                return sum(
                    weight / whole * expected_share(curves, ability) for weight, curves in shares
                )

            known = self._cuts[asked] = ability_for(expected, passing)
        return known

    def best(
        self,
        ability: float,
        objective_id: ObjectiveId,
        allows: Callable[[PoolItem], bool],
        count: int = 1,
    ) -> Sequence[PoolItem]:
        """Up to *count* of those it *allows*, the one that tells most of *ability* first."""
        found = list[PoolItem]()
        for one in self._row(ability, objective_id):
            if allows(one):
                found.append(one)
                if len(found) == count + _LOOKED_AT:
                    break
        found.sort(key=lambda one: one.curve.information(ability), reverse=True)
        return found[:count]

    def _row(self, ability: float, objective_id: ObjectiveId) -> Sequence[PoolItem]:
        bounded = min(max(ability, LOWEST), HIGHEST)
        place = round((bounded - LOWEST) / _STEP)
        row = self._rows.get((place, objective_id))
        if row is None:
            near = LOWEST + place * _STEP
            row = sorted(
                self._by_objective.get(objective_id, ()),
                key=lambda one: one.curve.information(near),
                reverse=True,
            )
            self._rows[place, objective_id] = row
        return row
