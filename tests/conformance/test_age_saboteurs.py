"""What is known of ages is told and erased as of any context; broken stores of it are caught."""

from typing import Any

import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.house import Storage
from homeroom.kernel.ids import PersonId
from homeroom.people.model.ages import AgeRecord, Attestation
from homeroom.people.use_cases.ages import DataOfAges
from homeroom.people.use_cases.birth_dates import BirthDates
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.ages import MemoryAgeRecords
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.ages import AgeRecordsConformance, keep_ages
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.personal_data import (
    Holder,
    HoldsPersonalDataConformance,
    Known,
)
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class Backwards:
    """Seals that a test can look through: no other part of a house would take them for safe."""

    def seal(self, text: str, *, purpose: str) -> str:
        return f"{purpose}:{text[::-1]}"

    def open(self, sealed: str, *, purpose: str) -> str:
        return sealed.removeprefix(f"{purpose}:")[::-1]

    def is_current(self, sealed: str) -> bool:
        return True

    def fingerprint(self, text: str, *, purpose: str) -> str:
        return text


class OfAges(HoldsPersonalDataConformance):
    """Two persons of whose ages something is known."""

    @pytest.fixture
    def holder(self, storage: Storage) -> Holder:
        holder: Any = DataOfAges(BirthDates(Backwards()))
        return holder  # type: ignore[no-any-return]

    @pytest.fixture
    async def known(self, storage: Storage) -> Known:
        house = await settle_in(storage)
        ana = await a_kept_person(storage, house, "ana")
        ben = await a_kept_person(storage, house, "ben")
        hers, his = AgeRecord.begin(ana), AgeRecord.begin(ben)
        hers.attest(Attestation(by=ben.id, at=NOON, evidence="her card from the green box"))
        his.attest(Attestation(by=None, at=NOON, evidence="his own word"))
        hers.sealed = Backwards().seal("2012-05-17", purpose="people.birth_date")
        await keep_ages(storage, hers, his)
        return Known(
            person_id=ana.id,
            other_id=ben.id,
            private=frozenset({"2012-05-17", "her card from the green box"}),
            secret=frozenset({"people.birth_date:"}),
        )


class TestDataOfAgesInMemory(InMemory, OfAges): ...


class TestDataOfAgesOnSqlite(OnSqlite, OfAges): ...


class TestDataOfAgesOnPostgres(OnPostgres, OfAges): ...


class NeverStale(MemoryAgeRecords):
    async def save(self, record: AgeRecord) -> None:
        known = await self.of(record.person_id)
        record.version = known.version if known else 0
        await super().save(record)


class LosesWhoSaidSo(MemoryAgeRecords):
    async def save(self, record: AgeRecord) -> None:
        word, record.attestation = record.attestation, None
        await super().save(record)
        record.attestation = word


class RemovesEverybody(MemoryAgeRecords):
    async def remove(self, person_id: PersonId) -> int:
        removed = await super().remove(person_id)
        ages = (await self._transaction.writing()).ages
        for one in ages.every():
            ages.remove(one.person_id)
        return removed


class CountsOneAlways(MemoryAgeRecords):
    async def remove(self, person_id: PersonId) -> int:
        await super().remove(person_id)
        return 1


class KeepsWithoutCommit(MemoryAgeRecords):
    async def save(self, record: AgeRecord) -> None:
        await super().save(record)
        ages = self._transaction.store.ages
        ages.keep(ages.copied(record))


CAUGHT: dict[type, str] = {
    NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
    LosesWhoSaidSo: "test_a_record_comes_back_as_it_went",
    RemovesEverybody: "test_one_persons_record_is_removed_and_nobody_elses",
    CountsOneAlways: "test_one_persons_record_is_removed_and_nobody_elses",
    KeepsWithoutCommit: "test_leaving_without_commit_keeps_nothing",
}
CAUGHT_BY = {AgeRecordsConformance: CAUGHT}


@pytest.mark.parametrize(("broken", "clause"), CAUGHT.items())
def test_the_clause_named_for_it_catches(broken: type, clause: str) -> None:
    saboteur = spoiled(AgeRecordsConformance, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_storage_breaks_none_of_these() -> None:
    honest = spoiled(AgeRecordsConformance, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT.values())) == frozenset()
