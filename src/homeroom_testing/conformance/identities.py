"""The promises of the place for accounts elsewhere: no two persons share one."""

import asyncio
import traceback
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.house import Storage
from homeroom.kernel.ids import new_id
from homeroom.people.errors import IdentityTaken, StaleIdentity
from homeroom.people.model.identities import Account
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


class IdentitiesConformance(PeopleGround):
    """What `Identities` promises."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    async def test_an_account_that_was_never_linked_is_nobodys(
        self, storage: Storage, person: Person
    ) -> None:
        await keep_account(storage, an_account(person, "3"))
        for provider, subject in (("moodle", "4"), ("google", "3"), ("3", "moodle")):
            async with storage.start() as unit:
                assert await unit.identities.of(provider, subject) is None

    async def test_an_account_is_found_to_the_letter(
        self, storage: Storage, person: Person
    ) -> None:
        await keep_account(storage, an_account(person, "Ana"))
        for near in ("ana", "Ana ", "%", "An_"):
            async with storage.start() as unit:
                assert await unit.identities.of("moodle", near) is None

    @ROUND_TRIP
    @given(
        subject=strategies.texts,
        sealed=st.none() | strategies.texts,
        linked_at=strategies.instants,
        used_at=strategies.instants,
    )
    async def test_an_account_comes_back_as_it_went(
        self, storage: Storage, person: Person, **given: object
    ) -> None:
        account = an_account(person, str(given["subject"]))
        for name in ("sealed", "linked_at", "used_at"):
            setattr(account, name, given[name])
        async with storage.start() as unit:
            await unit.identities.save(account)
            assert await unit.identities.of("moodle", account.subject) == account

    async def test_one_account_is_one_person_in_the_whole_house(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        await keep_account(storage, an_account(person, "3"))
        theirs, seal = await settle_in(storage, "Theirs"), new_id().hex
        for other in (
            await a_kept_person(storage, house, "other"),
            await a_kept_person(storage, theirs, "another"),
        ):
            with pytest.raises(IdentityTaken) as refusal:
                await keep_account(storage, an_account(other, "3", sealed=seal))
            told = "".join(traceback.format_exception(refusal.value))
            assert seal not in told
        assert (await the_account(storage, "3")).person_id == person.id

    async def test_an_account_cannot_be_handed_over(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        await keep_account(storage, an_account(person, "3"))
        account = await the_account(storage, "3")
        account.person_id = (await a_kept_person(storage, house, "other")).id
        with pytest.raises(IdentityTaken):
            await keep_account(storage, account)
        assert (await the_account(storage, "3")).person_id == person.id

    async def test_what_is_unlinked_is_nobodys_and_may_be_anybodys(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        other = await a_kept_person(storage, house, "other")
        for subject in ("3", "4"):
            await keep_account(storage, an_account(person, subject))
        account = await the_account(storage, "3")
        for _ in range(2):
            async with storage.start() as unit:
                await unit.identities.unlink(account)
                await unit.commit()
        async with storage.start() as unit:
            left = await unit.identities.of_person(person.id)
        assert [one.subject for one in left] == ["4"]
        await keep_account(storage, an_account(other, "3"))
        async with storage.start() as unit:
            await unit.identities.unlink(account)  # it was theirs, and is another one's now
            await unit.commit()
        assert (await the_account(storage, "3")).person_id == other.id

    async def test_of_two_who_link_one_account_at_once_one_is_refused(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        other = await a_kept_person(storage, house, "other")
        answers = await asyncio.gather(
            *(keep_account(storage, an_account(who, "3")) for who in (person, other)),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in answers) == ["IdentityTaken", "NoneType"]

    async def test_who_is_refused_leaves_the_unit_as_it_was(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        await keep_account(storage, an_account(person, "3"))
        other = await a_kept_person(storage, house, "other")
        async with storage.start() as unit:
            with pytest.raises(IdentityTaken):
                await unit.identities.save(an_account(other, "3"))
            await unit.identities.save(an_account(other, "4"))
            await unit.commit()
        assert (await the_account(storage, "3")).person_id == person.id
        assert (await the_account(storage, "4")).person_id == other.id

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person
    ) -> None:
        await keep_account(storage, an_account(person, "3"))
        mine, theirs = [await the_account(storage, "3") for _ in range(2)]
        theirs.use(at=NOON + DAY, sealed="theirs")
        await keep_account(storage, theirs)
        mine.use(at=NOON + DAY, sealed="mine")
        with pytest.raises(StaleIdentity):
            await keep_account(storage, mine)
        assert (await the_account(storage, "3")).sealed == "theirs"

    async def test_what_happened_is_told_once_it_is_committed(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("transactional")
        await told_by(storage)
        async with storage.start() as unit:
            await unit.identities.save(an_account(person, "never"))
        account = an_account(person, "3")
        await keep_account(storage, account)
        account.use(at=NOON + DAY)
        await keep_account(storage, account)
        assert [one.name for one in await told_by(storage)] == ["people.identity_linked.v1"]
        async with storage.start() as unit:
            assert await unit.identities.of("moodle", "never") is None

    async def test_the_accounts_of_a_person_are_theirs_alone_first_linked_first(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        other = await a_kept_person(storage, house, "other")
        later, sooner = an_account(person, "3"), an_account(person, "2", provider="google")
        later.linked_at = NOON + timedelta(seconds=1)
        for account in (later, sooner, an_account(other, "5")):
            await keep_account(storage, account)
        async with storage.start() as unit:
            assert await unit.identities.of_person(person.id) == [sooner, later]

    async def test_what_is_read_is_a_copy(self, storage: Storage, person: Person) -> None:
        account = an_account(person, "3", sealed="kept")
        await keep_account(storage, account)
        account.sealed = "changed after it was saved"
        (await the_account(storage, "3")).sealed = "changed by a reader"
        assert (await the_account(storage, "3")).sealed == "kept"


def an_account(
    person: Person, subject: str, *, provider: str = "moodle", sealed: str | None = None
) -> Account:
    """A new account of *person*; saving it tells one event."""
    return Account.link(person, provider, subject, at=NOON, sealed=sealed)


async def keep_account(storage: Storage, account: Account) -> None:
    """Save *account* in a unit of its own."""
    async with storage.start() as unit:
        await unit.identities.save(account)
        await unit.commit()


async def the_account(storage: Storage, subject: str) -> Account:
    """The account at the Moodle, as another unit finds it."""
    async with storage.start() as unit:
        found = await unit.identities.of("moodle", subject)
    assert found is not None
    return found
