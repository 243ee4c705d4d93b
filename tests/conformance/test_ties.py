"""Every storage tells what ties persons elsewhere, and those that break a promise are caught."""

from collections.abc import Collection, Mapping

import attrs
import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.kernel.ids import PersonId
from homeroom.people.ports.ties import Tie
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.memory.ties import MemoryTies
from homeroom_testing.conformance.ties import TiesConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled

Found = Mapping[PersonId, Tie]


class TestTiesInMemory(InMemory, TiesConformance): ...


class TestTiesOnSqlite(OnSqlite, TiesConformance): ...


class TestTiesOnPostgres(OnPostgres, TiesConformance): ...


class TellsTheLastAccount(MemoryTies):
    async def of(self, person_ids: Collection[PersonId]) -> Found:
        found = dict(await super().of(person_ids))
        for one in sorted(self._store.accounts.rows.values(), key=lambda one: one.linked_at):
            tie = found[one.person_id]
            told = {**tie.accounts, one.provider: one.subject}
            found[one.person_id] = attrs.evolve(tie, accounts=told)
        return found


class TellsWhatEnded(MemoryTies):
    async def of(self, person_ids: Collection[PersonId]) -> Found:
        rows = self._store.enrolments.rows.values()
        return {
            one: attrs.evolve(
                tie, seats=sorted(row.node_id for row in rows if row.person_id == one)
            )
            for one, tie in (await super().of(person_ids)).items()
        }


class LeavesOutTheUntied(MemoryTies):
    async def of(self, person_ids: Collection[PersonId]) -> Found:
        found = await super().of(person_ids)
        return {one: tie for one, tie in found.items() if tie.accounts or tie.seats}


CAUGHT: dict[type, str] = {
    TellsTheLastAccount: "test_accounts_are_told_house_by_house_the_first_of_each",
    TellsWhatEnded: "test_seats_are_told_in_the_order_of_their_ids_those_that_go_on",
    LeavesOutTheUntied: "test_whoever_is_tied_to_nothing_is_told_of_too",
}
CAUGHT_BY = {TiesConformance: CAUGHT}


@pytest.mark.parametrize("broken", CAUGHT)
def test_the_clause_named_for_it_catches(broken: type) -> None:
    saboteur = spoiled(TiesConformance, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=CAUGHT[broken]) == {CAUGHT[broken]}


def test_an_honest_storage_breaks_none_of_these() -> None:
    honest = spoiled(TiesConformance, open_storage, JsonCodec())
    assert broken_clauses(honest, only=" or ".join(CAUGHT.values())) == frozenset()
