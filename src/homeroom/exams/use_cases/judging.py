"""What the questions of a sitting say, and by which keys they are judged: those that were served,
but where a key was wrong, the one that was put in its place."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

import attrs

from homeroom.exams.model.forms import Contents, Item
from homeroom.exams.model.questions import Content
from homeroom.exams.model.regrading import Regrade, keys_in_force
from homeroom.exams.model.rekeying import rekeyed
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.ports.bank import BankQueries, Edition
from homeroom.exams.ports.regrades import RegradeQueries
from homeroom.exams.ports.unit import ExamsUnit
from homeroom.kernel.ids import QuestionId

ReadEditions = Callable[[Collection[Edition]], Awaitable[Mapping[Edition, Content]]]
"""Reads what editions say, inside a unit or outside of any."""

ReadRegrades = Callable[[Collection[QuestionId]], Awaitable[Sequence[Regrade]]]
"""Reads what was decided on keys, oldest first, inside a unit or outside of any."""


@attrs.frozen
class Reader:
    """Reads what the questions of a sitting say, outside of any unit."""

    bank: BankQueries
    regrades: RegradeQueries

    async def read(self, sitting: Sitting) -> Contents:
        served = [item.key for item in sitting.form.items]
        return await contents_with_keys(served, self.bank.editions, self.regrades.of)


async def contents_of(unit: ExamsUnit, sitting: Sitting) -> Contents:
    """What the questions of *sitting* say, as they were served, with the keys that count now."""
    served = [item.key for item in sitting.form.items]
    return await contents_with_keys(served, unit.questions.editions, unit.regrades.of)


async def content_of(unit: ExamsUnit, sitting: Sitting, item: Item) -> Content:
    """What one of them says; its key counts only where one is told at once what is right."""
    if sitting.mode.is_timed:
        return (await unit.questions.editions([item.key]))[item.key]
    return (await contents_with_keys([item.key], unit.questions.editions, unit.regrades.of))[
        item.key
    ]


async def contents_with_keys(
    served: Collection[Edition], editions: ReadEditions, decided: ReadRegrades
) -> Contents:
    """What these editions say, with the keys that count now."""
    regrades = await decided({question_id for question_id, _ in served})
    keys = keys_in_force(regrades, served)
    contents = await editions({*served, *keys.values()})
    judged = {one: rekeyed(contents[one], contents[key]) for one, key in keys.items()}
    return {one: judged.get(one) or contents[one] for one in served}
