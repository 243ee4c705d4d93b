"""Age: who is a child, and which consents are missing before something may be done with data.

Under 4 nobody is let in at all. Under 13 a parent must have agreed (COPPA). From 13 to 17 it is
the house's choice. Of whom no birth date is known a parent must have agreed,
unless a teacher or an administrator stands up for it that they are 13 or older.
"""

import enum
from collections.abc import Iterable
from datetime import date, datetime, timedelta, timezone, tzinfo

import attrs

from homeroom.compliance.model.consents import Consent, ConsentKind
from homeroom.kernel.personal_data import KnownAge

CHILD_FROM, TEEN_FROM, ADULT_FROM = 4, 13, 18

_LATEST_DAY = timezone(timedelta(hours=-12))
"""Where it is a given day last: nobody is too old here for where they live."""


class AgeBand(enum.Enum):
    """How old somebody is, as far as rules tell it apart."""

    TOO_YOUNG = "too_young"
    """Whatever anybody agreed to, nothing is done with their data."""

    CHILD = "child"
    TEEN = "teen"
    ADULT = "adult"


@attrs.frozen(kw_only=True)
class AgeRules:
    """What a house decided beyond what the law says."""

    teens_need_consent: bool = True
    """Whether a parent must have agreed also for those from 13 to 17."""

    def need_a_parent(self, band: AgeBand) -> bool:
        if band is AgeBand.TEEN:
            return self.teens_need_consent
        return band in {AgeBand.TOO_YOUNG, AgeBand.CHILD}


def age_on(day: date, *, born: date) -> int:
    """Whole years on *day*; negative before the birth.

    Who was born on 29 February turns a year older on 1 March where there is no such day.
    """
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def band_of(known: KnownAge, *, at: datetime, zone: tzinfo | None = None) -> AgeBand:
    """By the day that it is in *zone*; where that is not known, by the earliest anywhere.

    A birth date counts more than what anybody attests.
    """
    if known.born is None:
        return AgeBand.TEEN if known.attested else AgeBand.CHILD
    age = age_on(at.astimezone(zone or _LATEST_DAY).date(), born=known.born)
    if age < CHILD_FROM:
        return AgeBand.TOO_YOUNG
    if age < TEEN_FROM:
        return AgeBand.CHILD
    return AgeBand.TEEN if age < ADULT_FROM else AgeBand.ADULT


def missing_consents(
    wanted: ConsentKind,
    band: AgeBand,
    given: Iterable[Consent],
    *,
    rules: AgeRules,
    at: datetime,
) -> frozenset[ConsentKind]:
    """What must be agreed to before *wanted* may be done; nothing means that it may."""
    needed = {wanted}
    if wanted is ConsentKind.PARENTAL and not rules.need_a_parent(band):
        needed = set()
    elif rules.need_a_parent(band):
        needed.add(ConsentKind.PARENTAL)
    return frozenset(needed - {one.kind for one in given if one.counts(at=at)})
