"""Birth dates, said and looked at; and people who stand up for it that somebody is 13 or older."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import MASKED, Change, entry_of
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import PersonId
from homeroom.kernel.looks import Looks
from homeroom.kernel.personal_data import KnownAge, Row, Section, row_of
from homeroom.kernel.privacy import Personal
from homeroom.kernel.rights import Right
from homeroom.kernel.sealing import Unsealable
from homeroom.people.model import rights
from homeroom.people.model.ages import AgeRecord, Attestation
from homeroom.people.ports.repositories import PeopleUnit, StartPeopleUnit
from homeroom.people.use_cases.birth_dates import BirthDates
from homeroom.people.use_cases.persons import about_person, require_for


@attrs.frozen(kw_only=True)
class AgeInFull:
    """What is known of somebody's age, opened."""

    born: Annotated[date | None, Personal] = attrs.field(repr=False)
    attestation: Attestation | None


@attrs.frozen
class SetBirthDate:
    """An administrator says when somebody was born, or that the house is to forget it."""

    right: ClassVar[Right] = rights.CHANGE_PERSON
    start: StartPeopleUnit
    birth_dates: BirthDates
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId, born: date | None) -> AgeInFull:
        """Raises `PersonNotFound`, `PersonGone`, `BadAge`."""
        actor.require(self.right)
        now = self.clock.now()
        sealed = None if born is None else self.birth_dates.sealed(born, at=now)
        async with self.start() as unit:
            person = await unit.persons.get(person_id, reach=actor.reach)
            require_for(actor, person.held)
            person.expect_present()
            record = await unit.ages.of(person_id) or AgeRecord.begin(person)
            change = Change(_masked(record.sealed), _masked(sealed))
            record.sealed = sealed
            await unit.ages.save(record)
            noted = entry_of(actor, self.right, about_person(person), at=now)
            await unit.audit.note(attrs.evolve(noted, changes={"birth_date": change}))
            await unit.commit()
        return AgeInFull(born=born, attestation=record.attestation)


@attrs.frozen
class AttestAge:
    """A teacher or an administrator stands up for it that somebody is 13 or older."""

    right: ClassVar[Right] = rights.ATTEST_AGE
    start: StartPeopleUnit
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId, evidence: str) -> Attestation:
        """Raises `PersonNotFound`, `PersonGone`, `BadAge`, and `BirthDateKnown`."""
        actor.require(self.right)
        now = self.clock.now()
        word = Attestation.given(evidence, by=actor.person_id, at=now)
        async with self.start() as unit:
            person = await unit.persons.get(person_id, reach=actor.reach)
            person.expect_present()
            record = await unit.ages.of(person_id) or AgeRecord.begin(person)
            record.attest(word)
            await unit.ages.save(record)
            await unit.audit.note(entry_of(actor, self.right, about_person(person), at=now))
            await unit.commit()
        return word


@attrs.frozen
class GetAge:
    """An administrator looks at what is known of somebody's age."""

    right: ClassVar[Right] = rights.SEE_PERSONS
    start: StartPeopleUnit
    birth_dates: BirthDates
    looks: Looks
    clock: Clock

    async def __call__(self, actor: Actor, person_id: PersonId) -> AgeInFull:
        """Raises `PersonNotFound`, `Unsealable`. It is kept that they looked, before they do."""
        actor.require(self.right)
        async with self.start() as unit:
            person = await unit.persons.get(person_id, reach=actor.reach)
            record = await unit.ages.of(person_id)
        looked = entry_of(actor, "people.see_age", about_person(person), at=self.clock.now())
        await self.looks.note(looked)
        attestation = record.attestation if record else None
        return AgeInFull(born=self.birth_dates.read(record), attestation=attestation)


async def known_age(birth_dates: BirthDates, unit: PeopleUnit, person_id: PersonId) -> KnownAge:
    """What is known of somebody's age, for those who decide what may be done with their data.

    A date that no key opens is as good as none, and then nobody's word counts either.
    """
    record = await unit.ages.of(person_id)
    try:
        born = birth_dates.read(record)
    except Unsealable:
        return KnownAge()
    return KnownAge(born=born, attested=bool(record and record.attestation))


@attrs.frozen
class DataOfAges:
    """What is known of ages, told and erased; who may ask is decided elsewhere."""

    birth_dates: BirthDates
    name: str = "ages"

    async def about(self, unit: PeopleUnit, person_id: PersonId) -> Sequence[Section]:
        """Raises `Unsealable`: who asks what is held is not told half of it."""
        record = await unit.ages.of(person_id)
        return [Section("age", [self._row(record)] if record else [])]

    async def erase(
        self, unit: PeopleUnit, person_id: PersonId, *, at: datetime
    ) -> Mapping[str, int]:
        return {"ages": await unit.ages.remove(person_id)}

    def _row(self, record: AgeRecord) -> Row:
        born = self.birth_dates.read(record)
        return {**row_of(record), "birthDate": None if born is None else born.isoformat()}


def _masked(sealed: str | None) -> str | None:
    return None if sealed is None else MASKED
