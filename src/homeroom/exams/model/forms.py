"""Forms: which questions one sitting is about, in which editions, and in what order they stand."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Generic, TypeVar

import attrs

from homeroom.exams.model.arranged import Matching, Ordering
from homeroom.exams.model.assembly import shuffled
from homeroom.exams.model.bodies import Body
from homeroom.exams.model.choices import Multiple, Single
from homeroom.exams.model.questions import Content
from homeroom.kernel.ids import ObjectiveId, QuestionId

T = TypeVar("T")

Contents = Mapping[tuple[QuestionId, int], Content]
"""What questions say, by their ids and editions."""


@attrs.frozen(kw_only=True)
class Item:
    """One question of a form, as it read when the form was made."""

    question_id: QuestionId
    edition: int
    objective_id: ObjectiveId
    order: tuple[str, ...] = ()
    """The ids of what there is to choose from, as they are shown."""

    @property
    def key(self) -> tuple[QuestionId, int]:
        return self.question_id, self.edition


@attrs.frozen(kw_only=True)
class Shortfall:
    """An objective that had fewer questions than its weight asks for."""

    objective_id: ObjectiveId
    wanted: int
    found: int


@attrs.frozen(kw_only=True)
class Form:
    """What a sitting is about, and what it is scored by, whatever becomes of the exam."""

    items: tuple[Item, ...]
    weights: Mapping[ObjectiveId, Fraction]
    passing: Decimal
    names: Mapping[ObjectiveId, str] = attrs.field(factory=dict[ObjectiveId, str])
    """What its objectives were called when it was made."""

    shortfalls: tuple[Shortfall, ...] = ()


@attrs.frozen(kw_only=True)
class Draw(Generic[T]):
    """What was taken out of the pools."""

    taken: Sequence[tuple[ObjectiveId, T]]
    shortfalls: tuple[Shortfall, ...] = ()


def draw(
    blueprint: Mapping[ObjectiveId, int], pools: Mapping[ObjectiveId, Sequence[T]], seed: str
) -> Draw[T]:
    """As many of each pool as *blueprint* says, by *seed*, and all of them in a common order.

    What a pool lacks comes from its neighbours in the order of the blueprint, the nearest first;
    there are fewer only if there are no more at all.
    """
    left = {one: list(shuffled(pools.get(one, ()), f"{seed}:{one}")) for one in blueprint}
    taken: list[tuple[ObjectiveId, T]] = []
    shortfalls = list[Shortfall]()
    for objective_id, wanted in blueprint.items():
        own = left[objective_id]
        found = min(wanted, len(own))
        taken += [(objective_id, one) for one in own[:found]]
        del own[:found]
        if found < wanted:
            shortfalls.append(Shortfall(objective_id=objective_id, wanted=wanted, found=found))
    for short in shortfalls:
        missing = short.wanted - short.found
        for neighbour in _nearest(tuple(blueprint), short.objective_id):
            lent = left[neighbour][:missing]
            taken += [(neighbour, one) for one in lent]
            del left[neighbour][: len(lent)]
            missing -= len(lent)
    return Draw(taken=shuffled(taken, seed), shortfalls=tuple(shortfalls))


def order_of(body: Body, seed: str) -> tuple[str, ...]:
    """In what order *seed* shows what there is to choose from."""
    match body:
        case Single() | Multiple():
            shown = [one.id for one in body.options]
        case Matching():
            shown = [one.id for one in body.targets]
        case Ordering():
            shown = [one.id for one in body.items]
        case _:
            shown = []
    return shuffled(shown, seed)


def _nearest(every: Sequence[ObjectiveId], to: ObjectiveId) -> Iterator[ObjectiveId]:
    """All others, the nearest first; of two as near, the one that stands before."""
    here = every.index(to)
    places = sorted(range(len(every)), key=lambda place: (abs(place - here), place))
    yield from (every[place] for place in places if place != here)
