"""The storages sign the suite of accounts elsewhere, and those that break a promise are caught."""

from collections.abc import Sequence

import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.kernel.ids import PersonId
from homeroom.people.errors import IdentityTaken, StaleIdentity
from homeroom.people.model.identities import Account
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.identities import MemoryIdentities
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.identities import IdentitiesConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestIdentitiesInMemory(InMemory, IdentitiesConformance): ...


class TestIdentitiesOnSqlite(OnSqlite, IdentitiesConformance): ...


class TestIdentitiesOnPostgres(OnPostgres, IdentitiesConformance): ...


class TakesOneProviderForAnother(MemoryIdentities):
    async def of(self, provider: str, subject: str) -> Account | None:
        every = self._transaction.reading().accounts.every()
        return next((one for one in every if one.subject == subject), None)


class TellsNoCapitalsApart(MemoryIdentities):
    async def of(self, provider: str, subject: str) -> Account | None:
        every = self._transaction.reading().accounts.every()
        return next((one for one in every if one.subject.lower() == subject.lower()), None)


class DropsTheSeal(MemoryIdentities):
    async def save(self, account: Account) -> None:
        await super().save(account)
        drafts = await self._transaction.writing()
        kept = drafts.accounts.get((account.provider, account.subject))
        assert kept is not None
        kept.sealed = None
        drafts.accounts.put(kept)


class LetsTheLastOneHaveIt(MemoryIdentities):
    async def save(self, account: Account) -> None:
        drafts = await self._transaction.writing()
        held = drafts.accounts.get((account.provider, account.subject))
        if held is not None and held.person_id != account.person_id:
            drafts.accounts.remove((account.provider, account.subject))
            account.version = 0
        await super().save(account)


class OneOfEachInstitution(MemoryIdentities):
    """Minds only those of the same institution."""

    async def save(self, account: Account) -> None:
        drafts = await self._transaction.writing()
        held = drafts.accounts.get((account.provider, account.subject))
        if held is not None and held.institution_id != account.institution_id:
            drafts.accounts.remove((account.provider, account.subject))
        await super().save(account)


class ClingsToIt(MemoryIdentities):
    async def unlink(self, account: Account) -> None: ...


class HandsOver(MemoryIdentities):
    async def save(self, account: Account) -> None:
        drafts = await self._transaction.writing()
        held = drafts.accounts.get((account.provider, account.subject))
        if held is not None and account.version == held.version:
            held.person_id = account.person_id
            drafts.accounts.put(held)
        await super().save(account)


class KeepsTheRefused(MemoryIdentities):
    async def save(self, account: Account) -> None:
        try:
            await super().save(account)
        except IdentityTaken:
            (await self._transaction.writing()).accounts.put(account)
            raise


class NeverStale(MemoryIdentities):
    async def save(self, account: Account) -> None:
        held = await self.of(account.provider, account.subject)
        account.version = held.version if held else 0
        await super().save(account)


class CallsEverythingStale(MemoryIdentities):
    async def save(self, account: Account) -> None:
        try:
            await super().save(account)
        except IdentityTaken:
            raise StaleIdentity from None


class LosesEvents(MemoryIdentities):
    async def save(self, account: Account) -> None:
        account.release_events()
        await super().save(account)


class ListsEverybodys(MemoryIdentities):
    async def of_person(self, person_id: PersonId) -> Sequence[Account]:
        every = self._transaction.reading().accounts.every()
        return sorted(every, key=lambda one: one.linked_at)


class ListsNewestFirst(MemoryIdentities):
    async def of_person(self, person_id: PersonId) -> Sequence[Account]:
        return (await super().of_person(person_id))[::-1]


class GivesItsOwn(MemoryIdentities):
    """Keeps the very thing that it was given."""

    async def save(self, account: Account) -> None:
        await super().save(account)
        (await self._transaction.writing()).accounts._rows[account.provider, account.subject] = (
            account
        )


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    IdentitiesConformance: {
        TakesOneProviderForAnother: "test_an_account_that_was_never_linked_is_nobodys",
        TellsNoCapitalsApart: "test_an_account_is_found_to_the_letter",
        DropsTheSeal: "test_an_account_comes_back_as_it_went",
        LetsTheLastOneHaveIt: "test_one_account_is_one_person_in_the_whole_house",
        OneOfEachInstitution: "test_one_account_is_one_person_in_the_whole_house",
        ClingsToIt: "test_what_is_unlinked_is_nobodys_and_may_be_anybodys",
        HandsOver: "test_an_account_cannot_be_handed_over",
        KeepsTheRefused: "test_who_is_refused_leaves_the_unit_as_it_was",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        CallsEverythingStale: "test_of_two_who_link_one_account_at_once_one_is_refused",
        LosesEvents: "test_what_happened_is_told_once_it_is_committed",
        ListsEverybodys: "test_the_accounts_of_a_person_are_theirs_alone_first_linked_first",
        ListsNewestFirst: "test_the_accounts_of_a_person_are_theirs_alone_first_linked_first",
        GivesItsOwn: "test_what_is_read_is_a_copy",
    },
}

CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize("suite", CAUGHT_BY)
def test_an_honest_storage_breaks_none_of_these(suite: type[StorageConformance]) -> None:
    honest = spoiled(suite, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT_BY[suite].values())) == frozenset()
