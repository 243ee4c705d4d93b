"""Somebody signed in through a learning platform: where they are enrolled there, they are here."""

from typing import Protocol

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import NotFound
from homeroom.people.ports.repositories import PeopleUnit
from homeroom.people.use_cases.personal_data import find_subject
from homeroom.published.people import EnrolmentsFound
from homeroom.roster.model.enrolments import EnrolmentRole
from homeroom.roster.ports.repositories import RosterUnit
from homeroom.roster.use_cases.hydrating import Told, hydrate

CONSUMER = "roster.enrolments_found"
"""The name under which the inbox remembers what was heard."""


class EnrollingUnit(PeopleUnit, RosterUnit, Protocol):
    """One transaction over who somebody is, and where they are enrolled."""


@attrs.frozen
class HearOfEnrolments:
    """The effect of `people.enrolments_found.v1`, inside the unit that remembers it was heard."""

    clock: Clock

    async def __call__(self, unit: EnrollingUnit, found: EnrolmentsFound) -> None:
        """Of somebody who was erased meanwhile nothing is kept."""
        try:
            subject = await find_subject(unit, found.person_id, reach=found.institution_id)
        except NotFound:
            return
        courses = dict.fromkeys(found.attends, EnrolmentRole.STUDENT)
        courses |= dict.fromkeys(found.teaches, EnrolmentRole.TEACHER)
        await hydrate(unit, Told(subject=subject, courses=courses), at=self.clock.now())
