"""What compliance tells: consents, by id alone."""

import attrs

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.ids import ConsentId, PersonId


@event("compliance.consent_given.v1")
@attrs.frozen(kw_only=True)
class ConsentGiven(Event):
    """Somebody agreed to something."""

    person_id: PersonId
    consent_id: ConsentId


@event("compliance.consent_withdrawn.v1")
@attrs.frozen(kw_only=True)
class ConsentWithdrawn(Event):
    """Somebody agrees no more: whoever goes by it must stop."""

    person_id: PersonId
    consent_id: ConsentId
