"""How much a learner may do, on the wire."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from homeroom.exams.model.tiers import Tier
from homeroom.exams.use_cases.counting import Allowance
from homeroom_entrypoints.web.wire import Wire


class TierBody(Wire, frozen=True):
    tier: Literal["free", "premium", "enterprise"] | None
    """Null is the usual one of this house."""

    time_zone: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    """Whose midnight ends their day, such as Asia/Manila; null is their institution's."""

    @property
    def wanted(self) -> Tier | None:
        return None if self.tier is None else Tier(self.tier)


class AllowanceAnswer(Wire, frozen=True):
    """How much somebody may do; null stands for any number."""

    person_id: UUID
    tier: str
    usual: bool
    """Whether nobody gave them a tier of their own."""

    time_zone: str
    answers_a_day: int | None
    answers_today: int
    """As far as they were counted: only where there is a limit."""

    answers_left: int | None
    questions_at_once: int | None
    day_ends_at: datetime

    @classmethod
    def of(cls, found: Allowance) -> "AllowanceAnswer":
        learner = found.learner
        return cls(
            person_id=learner.person_id,
            tier=found.tier.value,
            usual=learner.tier is None,
            time_zone=learner.zone or learner.house_zone,
            answers_a_day=found.quota.answers,
            answers_today=found.answered,
            answers_left=found.left,
            questions_at_once=found.quota.questions,
            day_ends_at=found.day_ends,
        )
