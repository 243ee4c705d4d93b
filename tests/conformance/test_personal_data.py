"""Every context that holds something about persons tells all of it and can forget it; what is left
behind is found; and those that keep something back, or too much, are caught."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.compliance.use_cases.personal_data import DataOfCompliance
from homeroom.house import Storage
from homeroom.kernel.ids import PersonId
from homeroom.kernel.personal_data import Section
from homeroom.kernel.rights import Role
from homeroom.people.model.identities import Account
from homeroom.people.model.sessions import Session
from homeroom.people.use_cases.personal_data import DataOfPeople
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.memory.traces import MemoryTraces
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.consents import a_consent, keep_consents
from homeroom_testing.conformance.contract import Conformance
from homeroom_testing.conformance.people_ground import (
    a_credential,
    a_kept_person,
    a_session,
    keep_credential,
    keep_sessions,
)
from homeroom_testing.conformance.personal_data import (
    Holder,
    HoldsPersonalDataConformance,
    Known,
)
from homeroom_testing.conformance.storage import settle_in
from homeroom_testing.conformance.traces import TracesConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestTracesInMemory(InMemory, TracesConformance): ...


class TestTracesOnSqlite(OnSqlite, TracesConformance): ...


class TestTracesOnPostgres(OnPostgres, TracesConformance): ...


class OfPeople(HoldsPersonalDataConformance):
    """What people's context holds: two persons with all that there may be of them."""

    made: type[DataOfPeople] = DataOfPeople

    @pytest.fixture
    def holder(self, storage: Storage) -> Holder:
        return self.made()

    @pytest.fixture
    async def known(self, storage: Storage) -> Known:
        house = await settle_in(storage)
        ana = await a_kept_person(storage, house, "ana")
        ben = await a_kept_person(storage, house, "ben")
        await keep_credential(storage, a_credential(ana, "a hash of hers"))
        session = a_session(ana)
        session.device = attrs.evolve(session.device, address="192.0.2.77")
        await keep_sessions(storage, session, a_session(ben))
        elsewhere = Account.link(ana, "moodle", "anas-account", at=NOON, sealed="a sealed token")
        async with storage.start() as unit:
            await unit.identities.save(elsewhere)
            await unit.commit()
        return Known(
            person_id=ana.id,
            other_id=ben.id,
            private=frozenset({'"ana"', "ana@school.edu", "192.0.2.77", "anas-account"}),
            secret=frozenset({"a hash of hers", session.digest, "a sealed token"}),
        )


class OfCompliance(HoldsPersonalDataConformance):
    """What compliance holds: consents of two persons."""

    made: type[DataOfCompliance] = DataOfCompliance

    @pytest.fixture
    def holder(self, storage: Storage) -> Holder:
        return self.made(storage.record)

    @pytest.fixture
    async def known(self, storage: Storage) -> Known:
        house = await settle_in(storage)
        ana = await a_kept_person(storage, house, "ana")
        ben = await a_kept_person(storage, house, "ben")
        hers, his = a_consent(ana), a_consent(ben)
        hers.given_by, hers.evidence = "Ana's mother", "a paper in the green box"
        await keep_consents(storage, hers, his)
        private = frozenset({hers.given_by, hers.evidence})
        return Known(person_id=ana.id, other_id=ben.id, private=private)


class TestPeopleInMemory(InMemory, OfPeople): ...


class TestPeopleOnSqlite(OnSqlite, OfPeople): ...


class TestPeopleOnPostgres(OnPostgres, OfPeople): ...


class TestComplianceInMemory(InMemory, OfCompliance): ...


class TestComplianceOnSqlite(OnSqlite, OfCompliance): ...


class TestComplianceOnPostgres(OnPostgres, OfCompliance): ...


class TellsLess(DataOfPeople):
    async def about(self, unit: Any, person_id: PersonId) -> Sequence[Section]:
        return (await super().about(unit, person_id))[:-1]


class TellsSecrets(DataOfPeople):
    async def about(self, unit: Any, person_id: PersonId) -> Sequence[Section]:
        known = await unit.credentials.of(person_id)
        rows = [{"hashed": known.hashed}] if known else []
        return [*await super().about(unit, person_id), Section("hashes", rows)]


class LeavesOutEmptySections(DataOfPeople):
    async def about(self, unit: Any, person_id: PersonId) -> Sequence[Section]:
        return [one for one in await super().about(unit, person_id) if one.rows]


class KeepsTheName(DataOfPeople):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        return await unit.traces.remove(person_id)  # type: ignore[no-any-return]


class CountsNothing(DataOfPeople):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        return dict.fromkeys(await super().erase(unit, person_id, at=at), 0)


class CommitsByItself(DataOfPeople):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        counted = await super().erase(unit, person_id, at=at)
        await unit.commit()
        return counted


class CountsOfNobody(DataOfPeople):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        return {**await super().erase(unit, person_id, at=at), "asked": 1}


class TellsOfEverybody(DataOfPeople):
    async def about(self, unit: Any, person_id: PersonId) -> Sequence[Section]:
        told = list(await super().about(unit, person_id))
        holders = sorted(await unit.persons.holding(Role.TEACHER))
        rows = [dict(row) for one in holders for row in (await super().about(unit, one))[0].rows]
        return [*told, Section("alsoHere", rows if told[0].rows else [])]


class ErasesEverybody(DataOfPeople):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        for one in await unit.persons.holding(Role.TEACHER) - {person_id}:
            await super().erase(unit, one, at=at)
        return await super().erase(unit, person_id, at=at)


class KeepsTheEvidence(DataOfCompliance):
    async def erase(self, unit: Any, person_id: PersonId, *, at: datetime) -> Mapping[str, int]:
        return {"consents": len(await unit.consents.of(person_id))}


class FindsOpenSessionsOnly(MemoryTraces):
    async def sessions(self, person_id: PersonId) -> Sequence[Session]:
        return [one for one in await super().sessions(person_id) if one.ended_at is None]


class LeavesTokens(MemoryTraces):
    async def remove(self, person_id: PersonId) -> Mapping[str, int]:
        drafts = await self._transaction.writing()
        sessions = {one.id for one in await self.sessions(person_id)}
        tokens = drafts.tokens.select(lambda one: one.session_id in sessions)
        removed = await super().remove(person_id)
        for token in tokens:
            drafts.tokens.put(token)
        return {**removed, "sessionTokens": 0}


class RemovesEverybodys(MemoryTraces):
    async def remove(self, person_id: PersonId) -> Mapping[str, int]:
        drafts = await self._transaction.writing()
        for session in drafts.sessions.every():
            drafts.sessions.remove(session.id)
        return await super().remove(person_id)


def bound(suite: type[Conformance], broken: type) -> type[Conformance]:
    """*suite* over an honest storage in memory, with a context that is *broken*."""
    return type(broken.__name__, (InMemory, suite), {"made": broken})


CAUGHT_BY: dict[type, Any] = {
    TracesConformance: {
        FindsOpenSessionsOnly: "test_every_session_is_there_also_one_that_ended",
        LeavesTokens: "test_all_that_is_removed_is_counted_and_gone",
        RemovesEverybodys: "test_others_keep_theirs",
    },
    bound(OfPeople, TellsLess): "test_all_that_is_held_is_told",
    bound(OfPeople, TellsSecrets): "test_no_secret_is_told",
    bound(OfPeople, TellsOfEverybody): "test_nothing_is_told_of_others",
    bound(OfPeople, LeavesOutEmptySections): (
        "test_every_section_has_a_name_of_its_own_also_with_nothing_in_it"
    ),
    bound(OfPeople, KeepsTheName): "test_after_an_erasure_nothing_of_it_is_left",
    bound(OfPeople, CountsNothing): "test_an_erasure_counts_what_it_took_away",
    bound(OfPeople, ErasesEverybody): "test_others_lose_nothing_by_it",
    bound(OfPeople, CommitsByItself): "test_without_a_commit_nothing_is_gone",
    bound(OfPeople, CountsOfNobody): "test_of_nobody_nothing_is_taken_away",
    bound(OfCompliance, KeepsTheEvidence): "test_after_an_erasure_nothing_of_it_is_left",
}
STORED = [(broken, clause) for broken, clause in CAUGHT_BY[TracesConformance].items()]
HELD = [(one, clause) for one, clause in CAUGHT_BY.items() if isinstance(clause, str)]


@pytest.mark.parametrize(("broken", "clause"), STORED)
def test_the_clause_named_for_it_catches(broken: type, clause: str) -> None:
    saboteur = spoiled(TracesConformance, open_storage, JsonCodec(), broken)
    assert broken_clauses(saboteur, only=clause) == {clause}


@pytest.mark.parametrize(("saboteur", "clause"), HELD, ids=lambda one: getattr(one, "__name__", ""))
def test_the_clause_named_for_it_catches_a_context(
    saboteur: type[Conformance], clause: str
) -> None:
    assert broken_clauses(saboteur, only=clause) == {clause}


def test_an_honest_storage_breaks_none_of_these() -> None:
    honest = spoiled(TracesConformance, open_storage, JsonCodec())
    assert broken_clauses(honest) == frozenset()
