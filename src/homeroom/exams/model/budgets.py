"""What may be spent on questions that a machine writes, in millionths of a dollar."""

from datetime import datetime, timedelta

import attrs

from homeroom.exams.errors import WritingBudgetUsedUp
from homeroom.kernel.ids import GenerationId, InstitutionId

DOLLAR = 1_000_000


@attrs.frozen(kw_only=True)
class Reservation:
    """An amount that is kept free for one generation, until it is settled or its time is up."""

    generation_id: GenerationId
    institution_id: InstitutionId
    amount: int
    at: datetime
    until: datetime


@attrs.frozen
class Ceiling:
    """What may be spent at most from an instant on."""

    since: datetime
    most: int
    until: datetime
    """When another one begins."""


@attrs.frozen
class Spent:
    """What was spent, and what is kept free on top of that."""

    settled: int
    reserved: int

    @property
    def together(self) -> int:
        return self.settled + self.reserved


def is_nearly_used(ceiling: Ceiling, spent: Spent) -> bool:
    """Whether it is time to tell somebody: of five parts, four are gone."""
    return ceiling.most > 0 and 5 * spent.together >= 4 * ceiling.most


@attrs.frozen(kw_only=True)
class WritingRules:
    """How much may be spent, and whether somebody has to look at what came of it."""

    daily: int = DOLLAR
    monthly: int = 20 * DOLLAR
    hold: timedelta = timedelta(hours=1)
    """How long a reservation is kept for work that nobody finishes."""

    activate: bool = False
    """Whether what raises no doubt is served without anybody's looking at it."""

    def ceilings(self, at: datetime) -> tuple[Ceiling, Ceiling]:
        """Those of the day and of the month that *at* is in, by UTC."""
        day = at.replace(hour=0, minute=0, second=0, microsecond=0)
        month = day.replace(day=1)
        return (
            Ceiling(day, self.daily, day + timedelta(days=1)),
            Ceiling(month, self.monthly, (month + timedelta(days=32)).replace(day=1)),
        )

    def reservation(
        self,
        generation_id: GenerationId,
        institution_id: InstitutionId,
        amount: int,
        at: datetime,
    ) -> Reservation:
        return Reservation(
            generation_id=generation_id,
            institution_id=institution_id,
            amount=amount,
            at=at,
            until=at + self.hold,
        )


def expect_room(wanted: Reservation, ceiling: Ceiling, spent: Spent) -> None:
    """Raises `WritingBudgetUsedUp` where *wanted* on top of *spent* is more than *ceiling*."""
    if wanted.amount and spent.together + wanted.amount > ceiling.most:
        raise WritingBudgetUsedUp(retry_after=seconds_to_midnight(wanted.at))


def seconds_to_midnight(at: datetime) -> float:
    """How long it takes until another day's budget begins."""
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return (day + timedelta(days=1) - at).total_seconds()
