"""The storages sign the suite of consents, and broken ones are caught."""

from collections.abc import Sequence
from datetime import datetime

import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.compliance.model.consents import Consent
from homeroom.kernel.ids import ConsentId, InstitutionId, PersonId
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.consents import MemoryConsents
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.consents import ConsentsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestConsentsInMemory(InMemory, ConsentsConformance): ...


class TestConsentsOnSqlite(OnSqlite, ConsentsConformance): ...


class TestConsentsOnPostgres(OnPostgres, ConsentsConformance): ...


class LosesTheEnd(MemoryConsents):
    async def save(self, consent: Consent) -> None:
        await super().save(consent)
        kept = (await self._transaction.writing()).consents.get(consent.id)
        assert kept is not None
        kept.expires_at = None
        (await self._transaction.writing()).consents.put(kept)


class FindsForeignConsents(MemoryConsents):
    async def get(self, consent_id: ConsentId, *, reach: InstitutionId | None) -> Consent:
        return await super().get(consent_id, reach=None)


class OldestFirst(MemoryConsents):
    async def of(self, person_id: PersonId) -> Sequence[Consent]:
        return list(reversed(await super().of(person_id)))


class NeverStale(MemoryConsents):
    async def save(self, consent: Consent) -> None:
        kept = (await self._transaction.writing()).consents.get(consent.id)
        consent.version = 0 if kept is None else kept.version
        await super().save(consent)


class LosesEvents(MemoryConsents):
    async def save(self, consent: Consent) -> None:
        consent.release_events()
        await super().save(consent)


class StripsWhatCounts(MemoryConsents):
    async def over(
        self, institution_id: InstitutionId, *, before: datetime, limit: int
    ) -> Sequence[Consent]:
        drafts = await self._transaction.writing()
        return drafts.consents.select(lambda one: not one.is_bare)[:limit]


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    ConsentsConformance: {
        LosesTheEnd: "test_a_consent_comes_back_as_it_went",
        FindsForeignConsents: "test_a_consent_out_of_reach_is_not_found",
        OldestFirst: "test_somebodys_are_told_newest_first_and_nobody_elses",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        LosesEvents: "test_a_change_is_kept_and_told_once_it_is_committed",
        StripsWhatCounts: "test_what_is_over_and_not_bare_is_found_oldest_first",
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
