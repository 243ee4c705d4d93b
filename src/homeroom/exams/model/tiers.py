"""Tiers: how much a learner may do, and in whose day it is counted."""

import enum
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo

import attrs

from homeroom.exams.model.days import day_in, end_of_day, zone_called
from homeroom.exams.tier_errors import BadTier, DailyLimitReached, TierTooLow
from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, PersonId, QuestionId, SittingId
from homeroom.published.exams import TierChanged


class Tier(enum.Enum):
    """How much somebody may do."""

    FREE = "free"
    PREMIUM = "premium"
    ENTERPRISE = "enterprise"
    """What a school's learners are, unless its house says otherwise."""


@attrs.frozen(kw_only=True)
class Quota:
    """What one tier lets somebody do; None for any number."""

    answers: int | None = None
    """In a day."""

    questions: int | None = None
    """At once."""


@attrs.frozen(kw_only=True)
class Quotas:
    """What each tier lets somebody do, and which tier those have whom nobody gave one."""

    usual: Tier = Tier.ENTERPRISE
    free: Quota = Quota(answers=25, questions=20)

    def of(self, tier: Tier | None) -> Quota:
        return self.each[tier or self.usual]

    @property
    def each(self) -> Mapping[Tier, Quota]:
        return {Tier.FREE: self.free, Tier.PREMIUM: Quota(), Tier.ENTERPRISE: Quota()}

    def may_refuse(self, questions: int) -> bool:
        """Whether there is a tier in which nobody has so many questions at once."""
        return self.free.questions is not None and questions > self.free.questions


@attrs.frozen(kw_only=True)
class Tally:
    """One answer, as it is counted: a question of a sitting counts once, on its first day."""

    person_id: PersonId
    day: date
    sitting_id: SittingId
    question_id: QuestionId


@attrs.define(kw_only=True)
class Learner(Aggregate):
    """Somebody who studies, and how much they may do."""

    person_id: PersonId
    institution_id: InstitutionId
    tier: Tier | None = None
    """None for the usual one."""

    zone: str | None = None
    """Whose midnight ends their day; None for their institution's."""

    house_zone: str = "UTC"
    """Their institution's."""

    def rank(self, tier: Tier | None, zone: str | None, *, at: datetime) -> None:
        """Say what tier they have, and in which zone they live. Raises `BadTier`."""
        if zone is not None and zone_called(zone) is None:
            wanted = "must be an IANA time zone, such as Asia/Manila"
            raise BadTier(problems=[Problem("timeZone", wanted)])
        if (tier, zone) == (self.tier, self.zone):
            return
        self.tier, self.zone = tier, zone
        self.record(
            TierChanged(
                occurred_at=at, institution_id=self.institution_id, person_id=self.person_id
            )
        )

    @property
    def clocks(self) -> tzinfo:
        """Where neither zone is known to this machine any more, it is UTC."""
        return zone_called(self.zone or self.house_zone) or zone_called(self.house_zone) or UTC

    def day(self, at: datetime) -> date:
        """Which day it is where they live."""
        return day_in(self.clocks, at)

    def day_ends(self, at: datetime) -> datetime:
        return end_of_day(self.clocks, at)

    def over(self, at: datetime) -> DailyLimitReached:
        """That they did as much today as they may."""
        return DailyLimitReached(retry_after=(self.day_ends(at) - at).total_seconds())

    def expect_fits(self, questions: int, quota: Quota) -> None:
        """Raises `TierTooLow` for more questions at once than they may have."""
        if quota.questions is not None and questions > quota.questions:
            raise TierTooLow(
                f"Your tier lets you have {quota.questions} questions at once. "
                "Ask for fewer, or for another tier."
            )
