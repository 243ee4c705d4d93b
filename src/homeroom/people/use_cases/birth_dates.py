"""Birth dates under seal: the store alone does not give away how old somebody is."""

from datetime import date, datetime

import attrs

from homeroom.kernel.sealing import Sealer
from homeroom.people.model.ages import AgeRecord, expect_birth_date
from homeroom.people.model.persons import Person
from homeroom.people.ports.repositories import PeopleUnit

BIRTH_DATES = "people.birth_date"


@attrs.frozen
class BirthDates:
    """Opens and closes the seals of birth dates."""

    sealer: Sealer

    def sealed(self, born: date, *, at: datetime) -> str:
        """Raises `BadAge`."""
        expect_birth_date(born, at=at)
        return self.sealer.seal(born.isoformat(), purpose=BIRTH_DATES)

    def read(self, record: AgeRecord | None) -> date | None:
        """Raises `Unsealable`."""
        if record is None or record.sealed is None:
            return None
        return date.fromisoformat(self.sealer.open(record.sealed, purpose=BIRTH_DATES))

    async def keep_first(
        self, unit: PeopleUnit, person: Person, born: date | None, *, at: datetime
    ) -> None:
        """Somebody new was born on that day, if one knows it. Raises `BadAge`."""
        if born is not None:
            record = AgeRecord.begin(person)
            record.sealed = self.sealed(born, at=at)
            await unit.ages.save(record)
