"""The promises of the place for passwords, of which it keeps but hashes."""

import asyncio

import pytest
from hypothesis import given

from homeroom.house import Storage
from homeroom.kernel.ids import new_id
from homeroom.people.errors import StaleCredential
from homeroom.people.model.credentials import Credential
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    DAY,
    ROUND_TRIP,
    PeopleGround,
    a_credential,
    a_kept_person,
    keep_credential,
)
from homeroom_testing.conformance.storage import told_by


class CredentialsConformance(PeopleGround):
    """What `Credentials` promises."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    async def test_nobody_has_a_password_before_it_is_saved(
        self, storage: Storage, person: Person
    ) -> None:
        async with storage.start() as unit:
            assert await unit.credentials.of(person.id) is None

    @ROUND_TRIP
    @given(credential=strategies.credentials())
    async def test_a_password_comes_back_as_it_went(
        self, storage: Storage, house: Institution, credential: Credential
    ) -> None:
        person = await a_kept_person(storage, house, new_id().hex)
        credential.person_id, credential.institution_id = person.id, house.id
        await keep_credential(storage, credential)
        assert await _password(storage, person) == credential

    async def test_a_change_is_kept_and_told_once_it_is_committed(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("transactional")
        credential = a_credential(person)
        await keep_credential(storage, credential)
        await told_by(storage)
        never = _changed(await _password(storage, person), "never")
        async with storage.start() as unit:
            await unit.credentials.save(never)
        credential.change("another", must_change=False, at=NOON + DAY)
        await keep_credential(storage, credential)
        assert await _password(storage, person) == credential
        assert [one.name for one in await told_by(storage)] == ["people.password_changed.v1"]

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person
    ) -> None:
        await keep_credential(storage, a_credential(person))
        mine, theirs = [await _password(storage, person) for _ in range(2)]
        await keep_credential(storage, _changed(theirs, "theirs"))
        with pytest.raises(StaleCredential):
            await keep_credential(storage, _changed(mine, "mine"))
        assert (await _password(storage, person)).hashed == "theirs"

    async def test_one_of_two_first_passwords_is_refused(
        self, storage: Storage, person: Person
    ) -> None:
        answers = await asyncio.gather(
            *(keep_credential(storage, a_credential(person)) for _ in range(2)),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in answers) == ["NoneType", "StaleCredential"]

    async def test_what_is_read_is_a_copy(self, storage: Storage, person: Person) -> None:
        credential = a_credential(person)
        await keep_credential(storage, credential)
        credential.hashed = "changed after it was saved"
        (await _password(storage, person)).hashed = "changed by a reader"
        assert (await _password(storage, person)).hashed == "a hash"


def _changed(credential: Credential, hashed: str) -> Credential:
    credential.change(hashed, must_change=False, at=NOON)
    return credential


async def _password(storage: Storage, person: Person) -> Credential:
    async with storage.start() as unit:
        credential = await unit.credentials.of(person.id)
    assert credential is not None
    return credential
