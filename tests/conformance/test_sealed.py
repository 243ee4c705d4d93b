"""The storages sign the suite of sealed people, and what breaks one of its promises is caught."""

from collections.abc import Sequence

import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.kernel.ids import PersonId
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.sealed import MemorySealedPeople
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.sealed import SealedPeopleConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestSealedInMemory(InMemory, SealedPeopleConformance): ...


class TestSealedOnSqlite(OnSqlite, SealedPeopleConformance): ...


class TestSealedOnPostgres(OnPostgres, SealedPeopleConformance): ...


class ForgetsBirthDates(MemorySealedPeople):
    """Knows of accounts alone."""

    async def sealed_after(self, person_id: PersonId | None, limit: int) -> Sequence[PersonId]:
        accounts = self._store.accounts.rows.values()
        with_token = {one.person_id for one in accounts if one.sealed is not None}
        everybody = await super().sealed_after(person_id, limit)
        return [one for one in everybody if one in with_token]


class TellsTheOpenToo(MemorySealedPeople):
    """Tells everybody who has an account."""

    async def sealed_after(self, person_id: PersonId | None, limit: int) -> Sequence[PersonId]:
        theirs = {one.person_id for one in self._store.accounts.rows.values()}
        theirs |= {*await super().sealed_after(None, limit)}
        after = (one for one in theirs if person_id is None or one.int > person_id.int)
        return sorted(after, key=lambda one: one.int)[:limit]


class TellsTheLastOneAgain(MemorySealedPeople):
    """Begins a portion with the end of the one before."""

    async def sealed_after(self, person_id: PersonId | None, limit: int) -> Sequence[PersonId]:
        after = await super().sealed_after(person_id, limit)
        again = [] if person_id is None or not after else [person_id]
        return [*again, *after][:limit]


CAUGHT_BY = {
    SealedPeopleConformance: {
        ForgetsBirthDates: "test_who_has_a_sealed_birth_date_is_told",
        TellsTheOpenToo: "test_who_has_a_sealed_token_is_told",
        TellsTheLastOneAgain: "test_portion_by_portion_everybody_is_told_once",
    },
}

CASES = [(suite, *case) for suite, caught in CAUGHT_BY.items() for case in caught.items()]


@pytest.mark.parametrize(("suite", "broken", "clause"), CASES)
def test_the_clause_named_for_it_catches(
    suite: type[StorageConformance], broken: type, clause: str
) -> None:
    saboteur = spoiled(suite, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}
