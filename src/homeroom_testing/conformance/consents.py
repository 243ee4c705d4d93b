"""The promises of the place for what people agreed to."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given

from homeroom.compliance.errors import ConsentNotFound, StaleConsent
from homeroom.compliance.model.consents import Agreement, Consent, ConsentKind
from homeroom.house import Storage
from homeroom.kernel.ids import ConsentId, new_id
from homeroom.kernel.personal_data import DataSubject
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    DAY,
    ROUND_TRIP,
    PeopleGround,
    a_kept_person,
)
from homeroom_testing.conformance.storage import settle_in, told_by


class ConsentsConformance(PeopleGround):
    """What `Consents` promises."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    @ROUND_TRIP
    @given(consent=strategies.consents())
    async def test_a_consent_comes_back_as_it_went(
        self, storage: Storage, house: Institution, consent: Consent
    ) -> None:
        person = await a_kept_person(storage, house, new_id().hex)
        consent.person_id, consent.institution_id = person.id, house.id
        await keep_consents(storage, consent)
        assert await _of(storage, person) == [consent]

    async def test_a_consent_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        elsewhere, consent = await settle_in(storage, "Elsewhere"), a_consent(person)
        await keep_consents(storage, consent)
        async with storage.start() as unit:
            assert await unit.consents.get(consent.id, reach=house.id) == consent
            assert await unit.consents.get(consent.id, reach=None) == consent
            for wanted, reach in ((consent.id, elsewhere.id), (ConsentId(new_id()), None)):
                with pytest.raises(ConsentNotFound):
                    await unit.consents.get(wanted, reach=reach)

    async def test_somebodys_are_told_newest_first_and_nobody_elses(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        other = await a_kept_person(storage, house, "ben")
        theirs = [a_consent(person, kind) for kind in ConsentKind]
        await keep_consents(storage, *theirs, a_consent(other))
        assert await _of(storage, person) == theirs[::-1]

    async def test_a_change_is_kept_and_told_once_it_is_committed(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("transactional")
        consent = a_consent(person)
        await told_by(storage)
        await keep_consents(storage, consent)
        assert [one.name for one in await told_by(storage)] == ["compliance.consent_given.v1"]
        (never,) = await _of(storage, person)
        never.withdraw(at=NOON)
        async with storage.start() as unit:
            await unit.consents.save(never)
        consent.withdraw(at=NOON + DAY)
        await keep_consents(storage, consent)
        assert await _of(storage, person) == [consent]
        assert [one.name for one in await told_by(storage)] == ["compliance.consent_withdrawn.v1"]

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person
    ) -> None:
        await keep_consents(storage, a_consent(person))
        ((mine,), (theirs,)) = [await _of(storage, person) for _ in range(2)]
        theirs.withdraw(at=NOON)
        await keep_consents(storage, theirs)
        mine.strip()
        with pytest.raises(StaleConsent):
            await keep_consents(storage, mine)
        assert await _of(storage, person) == [theirs]

    async def test_what_is_over_and_not_bare_is_found_oldest_first(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        goes_on, bare, late = a_consent(person), a_consent(person), a_consent(person)
        withdrawn = a_consent(person)
        expired = a_consent(person, expires_at=NOON + timedelta(hours=1))
        bare.withdraw(at=NOON)
        bare.strip()
        withdrawn.withdraw(at=NOON + timedelta(hours=2))
        late.withdraw(at=NOON + DAY)
        await keep_consents(storage, goes_on, bare, late, withdrawn, expired)
        elsewhere = await settle_in(storage, "Elsewhere")
        async with storage.start() as unit:
            of, before = unit.consents.over, NOON + DAY
            assert list(await of(elsewhere.id, before=before, limit=10)) == []
            assert list(await of(house.id, before=before, limit=10)) == [expired, withdrawn]
        async with storage.start() as unit:
            assert list(await unit.consents.over(house.id, before=before, limit=1)) == [expired]

    async def test_what_is_read_is_a_copy(self, storage: Storage, person: Person) -> None:
        consent = a_consent(person)
        await keep_consents(storage, consent)
        (read,) = await _of(storage, person)
        read.strip()
        consent.strip()
        (again,) = await _of(storage, person)
        assert not again.is_bare


def a_consent(person: Person, kind: ConsentKind = ConsentKind.RECORDING, **said: object) -> Consent:
    """A new consent; saving it tells one event."""
    subject = DataSubject(
        person_id=person.id, institution_id=person.institution_id, roles=person.held
    )
    agreed = Agreement(kind=kind, given_by="Maria Reyes", evidence="form 7", **said)  # type: ignore[arg-type]  # when it ends
    return Consent.give(subject, agreed, at=NOON)


async def keep_consents(storage: Storage, *consents: Consent) -> None:
    """Save *consents* in a unit of their own."""
    async with storage.start() as unit:
        for consent in consents:
            await unit.consents.save(consent)
        await unit.commit()


async def _of(storage: Storage, person: Person) -> Sequence[Consent]:
    async with storage.start() as unit:
        return list(await unit.consents.of(person.id))
