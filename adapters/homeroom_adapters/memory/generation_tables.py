"""What of machine-written questions is committed: orders, and what is spent on each."""

from datetime import datetime

import attrs

from homeroom.exams.model.budgets import Spent
from homeroom.exams.model.generations import Generation
from homeroom.kernel.ids import GenerationId, InstitutionId
from homeroom_adapters.memory.tables import Table


@attrs.frozen(kw_only=True)
class Spending:
    """What was spent on one generation, and what is kept free for it."""

    generation_id: GenerationId
    institution_id: InstitutionId
    at: datetime
    spent: int
    reserved: int
    until: datetime

    def counted(self, *, since: datetime, at: datetime) -> Spent:
        return Spent(self.spent if self.at >= since else 0, self.reserved if self.until > at else 0)


def generations() -> Table[GenerationId, Generation]:
    return Table(key=lambda one: one.id, unique=lambda _: None, copied=attrs.evolve)


def spendings() -> Table[GenerationId, Spending]:
    return Table(key=lambda one: one.generation_id, unique=lambda _: None, copied=lambda one: one)
