"""What the roster holds about somebody, told and erased; who may ask is decided elsewhere."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Section, row_of
from homeroom.roster.ports.repositories import RosterUnit


@attrs.frozen
class DataOfRoster:
    """Where somebody is enrolled, and was."""

    name: str = "roster"

    async def about(self, unit: RosterUnit, person_id: PersonId) -> Sequence[Section]:
        return [Section("enrolments", [row_of(one) for one in await unit.enrolments.of(person_id)])]

    async def erase(
        self, unit: RosterUnit, person_id: PersonId, *, at: datetime
    ) -> Mapping[str, int]:
        return {"enrolments": await unit.enrolments.remove(person_id)}
