"""Institutions: the tenants, what they agreed to, and how things of theirs may be called."""

import enum
import zoneinfo
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Self

import attrs

from homeroom.kernel.aggregates import Aggregate
from homeroom.kernel.errors import Invalid, Problem
from homeroom.kernel.ids import DistrictId, InstitutionId, new_id
from homeroom.people.errors import BadApiKey, BadInstitution
from homeroom.published.people import InstitutionChanged

_MAX_NAME, _MAX_ZONE = 100, 64
_TRIAL = timedelta(days=30)
_MOST_DAYS = 3_650


class Plan(enum.Enum):
    """How much of the house an institution subscribed to."""

    BASIC = "basic"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class SubscriptionStatus(enum.Enum):
    """Whether a subscription counts; only with the first two does anybody sign in."""

    TRIAL = "trial"
    ACTIVE = "active"
    EXPIRED = "expired"
    SUSPENDED = "suspended"


@attrs.frozen(kw_only=True)
class Subscription:
    """What an institution subscribed to, and until when; without an end, until further notice."""

    plan: Plan = Plan.BASIC
    status: SubscriptionStatus = SubscriptionStatus.ACTIVE
    until: datetime | None = None

    def counts(self, at: datetime) -> bool:
        """Whether its people are let in."""
        goes_on = self.until is None or at < self.until
        return goes_on and self.status in {SubscriptionStatus.TRIAL, SubscriptionStatus.ACTIVE}

    def beginning(self, at: datetime) -> "Subscription":
        """As it begins: a trial that nobody set an end to ends after 30 days."""
        if self.status is SubscriptionStatus.TRIAL and self.until is None:
            return attrs.evolve(self, until=at + _TRIAL)
        return self


@attrs.frozen(kw_only=True)
class Agreements:
    """What an institution as such agreed to. What a person did, their own consents say."""

    recording: bool = False
    """That lessons are recorded."""

    ai: bool = False
    """That models outside of this house read what was said."""

    data_sharing: bool = False
    """That results leave the institution."""


@attrs.frozen(kw_only=True)
class Terms:
    """How an institution wants its data treated."""

    retention_days: int = 2_555
    """How long records of what happened are kept: seven years, if nobody says otherwise."""

    agreed: Agreements = Agreements()
    time_zone: str = "UTC"

    @classmethod
    def given(cls, retention_days: int, agreed: Agreements, time_zone: str) -> Self:
        """As somebody wrote them. Raises `BadInstitution` with all that is wrong."""
        said = cls(retention_days=retention_days, agreed=agreed, time_zone=time_zone)
        if problems := list(said._wrong()):
            raise BadInstitution(problems=problems)
        return said

    def _wrong(self) -> Iterator[Problem]:
        if not 1 <= self.retention_days <= _MOST_DAYS:
            yield Problem("retentionDays", f"must be 1 to {_MOST_DAYS}")
        if not _is_zone(self.time_zone):
            yield Problem("timeZone", "must be an IANA time zone, such as Asia/Manila")


@attrs.define(kw_only=True)
class Institution(Aggregate):
    """A school or university: the tenant everything belongs to."""

    id: InstitutionId
    name: str
    created_at: datetime
    subscription: Subscription = Subscription()
    terms: Terms = Terms()
    district_id: DistrictId | None = None
    """What it stands under, with others; None for one that stands alone."""

    @classmethod
    def found(
        cls,
        name: str,
        *,
        at: datetime,
        subscription: Subscription | None = None,
        terms: Terms | None = None,
    ) -> Self:
        return cls(
            id=InstitutionId(new_id()),
            name=named(name, BadInstitution),
            created_at=at,
            subscription=(subscription or Subscription()).beginning(at),
            terms=terms or Terms(),
        )

    def change(
        self,
        *,
        at: datetime,
        name: str | None = None,
        subscription: Subscription | None = None,
        terms: Terms | None = None,
    ) -> None:
        """What is given takes the place of what was; None leaves it as it is."""
        before = (self.name, self.subscription, self.terms)
        self.name = self.name if name is None else named(name, BadInstitution)
        self.subscription = subscription or self.subscription
        self.terms = terms or self.terms
        if (self.name, self.subscription, self.terms) != before:
            self.record(InstitutionChanged(occurred_at=at, institution_id=self.id))

    def stand_under(self, district_id: DistrictId | None, *, at: datetime) -> None:
        if district_id != self.district_id:
            self.district_id = district_id
            self.record(InstitutionChanged(occurred_at=at, institution_id=self.id))


def named(name: str, refusal: type[Invalid] = BadApiKey) -> str:
    stripped = name.strip()
    if not 1 <= len(stripped) <= _MAX_NAME or not stripped.isprintable():
        wanted = f"must be 1 to {_MAX_NAME} printable characters"
        raise refusal(problems=[Problem("name", wanted)])
    return stripped


def _is_zone(name: str) -> bool:
    """Whether clocks somewhere go by *name*. What is no name at all is not looked for in files."""
    bare = name.replace("/", "").replace("_", "").replace("-", "").replace("+", "")
    if len(name) > _MAX_ZONE or not (bare.isascii() and bare.isalnum()):
        return False
    try:
        zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False
    return True
