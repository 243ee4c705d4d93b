"""The promises of the reads of persons: names, standing, and sessions that go on."""

import asyncio

import pytest

from homeroom.house import Storage
from homeroom.kernel.actor import Post, Role
from homeroom.kernel.ids import NodeId, PersonId, SessionId, new_id
from homeroom.people.errors import PersonNotFound
from homeroom.people.model.institutions import Institution
from homeroom.people.model.sessions import EndedBy
from homeroom.people.ports.persons import SignInNames
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    MINUTE,
    PeopleGround,
    a_credential,
    a_kept_person,
    a_kept_session,
    a_person,
    a_session,
    called,
    expired,
    keep_credential,
    keep_persons,
    keep_sessions,
)
from homeroom_testing.conformance.person_lists import listed
from homeroom_testing.conformance.storage import settle_in


class PersonQueriesConformance(PeopleGround):
    """What `PersonQueries` promises of one person at a time."""

    async def test_whoever_has_a_name_is_found_by_it_with_their_password(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house, "ana", Role.DEAN, Role.TEACHER)
        found = await storage.persons.by_name("ana")
        assert found == SignInNames(person=person, credential=None)
        credential = a_credential(person)
        await keep_credential(storage, credential)
        for name in ("ana", "ana@school.edu"):
            found = await storage.persons.by_name(name)
            assert found == SignInNames(person=person, credential=credential)

    async def test_who_may_not_sign_in_is_found_too(
        self, storage: Storage, house: Institution
    ) -> None:
        person = a_person(house)
        person.stop(at=NOON)
        await keep_persons(storage, person)
        found = await storage.persons.by_name("ana")
        assert found is not None
        assert not found.person.is_active

    @pytest.mark.parametrize(
        "name", ["", "an", "an_", "%", "ana%", "a\x00", "\ud800", "x" * 60_000]
    )
    async def test_nobody_has_another_name(
        self, storage: Storage, house: Institution, name: str
    ) -> None:
        await a_kept_person(storage, house, "ana")
        assert await storage.persons.by_name(name) is None

    async def test_a_name_that_was_given_up_finds_nobody(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house, "ana")
        person.identity = called("anna")
        await keep_persons(storage, person)
        assert await storage.persons.by_name("ana") is None
        assert await storage.persons.by_name("ana@school.edu") is None
        found = await storage.persons.by_name("anna@school.edu")
        assert found == SignInNames(person=person, credential=None)

    async def test_standing_is_what_somebody_is_now(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house, "ana", Role.TEACHER)
        session = await a_kept_session(storage, person)
        standing = await storage.persons.standing(person.id, session.id)
        assert standing is not None
        assert (standing.person, standing.session_id) == (person, session.id)
        assert not (standing.session_ended or standing.must_change)
        person.give(frozenset({Role.ADMIN, Role.DEAN}), at=NOON)
        await keep_persons(storage, person)
        standing = await storage.persons.standing(person.id, session.id)
        assert standing is not None
        assert standing.person.held == {Role.ADMIN, Role.DEAN}

    async def test_standing_tells_what_somebody_is_at_single_nodes(
        self, storage: Storage, house: Institution
    ) -> None:
        person, node = a_person(house, "ana", Role.TEACHER), NodeId(new_id())
        person.give(frozenset({Role.DEAN}), at=NOON, node=node)
        await keep_persons(storage, person)
        session = await a_kept_session(storage, person)
        standing = await storage.persons.standing(person.id, session.id)
        assert standing is not None
        assert standing.person.held == {Role.TEACHER}
        assert standing.person.posts == {Post(Role.DEAN, node)}

    async def test_who_was_stopped_or_signed_out_may_not_act(
        self, storage: Storage, house: Institution
    ) -> None:
        person, other = [await a_kept_person(storage, house, name) for name in ("ana", "ben")]
        session, ended = [await a_kept_session(storage, one) for one in (person, other)]
        person.stop(at=NOON)
        await keep_persons(storage, person)
        ended.end(EndedBy.SIGN_OUT, at=NOON)
        await keep_sessions(storage, ended)
        stopped = await storage.persons.standing(person.id, session.id)
        signed_out = await storage.persons.standing(other.id, ended.id)
        assert stopped is not None
        assert signed_out is not None
        assert (stopped.person.is_active, stopped.session_ended) == (False, False)
        assert (signed_out.person.is_active, signed_out.session_ended) == (True, True)

    async def test_who_did_not_choose_their_password_stands_there_as_such(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house)
        session = await a_kept_session(storage, person)
        credential = a_credential(person)
        await keep_credential(storage, credential)
        given = await storage.persons.standing(person.id, session.id)
        credential.change("their own", must_change=False, at=NOON)
        await keep_credential(storage, credential)
        chosen = await storage.persons.standing(person.id, session.id)
        assert given is not None
        assert chosen is not None
        assert (given.must_change, chosen.must_change) == (True, False)

    async def test_nobody_stands_on_somebody_elses_session(
        self, storage: Storage, house: Institution
    ) -> None:
        person, other = [await a_kept_person(storage, house, name) for name in ("ana", "ben")]
        session = await a_kept_session(storage, person)
        assert await storage.persons.standing(other.id, session.id) is None
        assert await storage.persons.standing(person.id, SessionId(new_id())) is None
        assert await storage.persons.standing(PersonId(new_id()), session.id) is None

    async def test_a_person_out_of_reach_is_not_found(
        self, storage: Storage, house: Institution
    ) -> None:
        theirs = await settle_in(storage, "Theirs")
        person = await a_kept_person(storage, theirs)
        for reach in (theirs.id, None):
            assert await storage.persons.person(person.id, reach=reach) == person
        with pytest.raises(PersonNotFound):
            await storage.persons.person(person.id, reach=house.id)
        with pytest.raises(PersonNotFound):
            await storage.persons.person(PersonId(new_id()), reach=None)

    async def test_sessions_that_go_on_are_listed_last_used_first(
        self, storage: Storage, house: Institution
    ) -> None:
        person, other = [await a_kept_person(storage, house, name) for name in ("ana", "ben")]
        going_on = [a_session(person, at=NOON - number * MINUTE) for number in (2, 0, 1)]
        ended = a_session(person, ended_at=NOON, ended_by=EndedBy.SIGN_OUT)
        await keep_sessions(storage, *going_on, ended, expired(person), a_session(other))
        found = await storage.persons.sessions(person.id, at=NOON)
        assert list(found) == [going_on[1], going_on[2], going_on[0]]
        assert list(await storage.persons.sessions(PersonId(new_id()), at=NOON)) == []

    async def test_what_is_read_is_a_copy(self, storage: Storage, house: Institution) -> None:
        person = await a_kept_person(storage, house)
        await keep_credential(storage, a_credential(person))
        session = await a_kept_session(storage, person)
        found = await storage.persons.by_name("ana")
        standing = await storage.persons.standing(person.id, session.id)
        shown = (await listed(storage), await storage.persons.sessions(person.id, at=NOON))
        assert found is not None
        assert found.credential is not None
        assert standing is not None
        found.credential.hashed = "changed"
        shown[1][0].used_at = NOON - MINUTE
        for read in (found.person, standing.person, shown[0][0]):
            read.roles = frozenset()
        again = SignInNames(person=person, credential=a_credential(person))
        assert await storage.persons.by_name("ana") == again
        assert list(await storage.persons.sessions(person.id, at=NOON)) == [session]

    async def test_reads_do_not_wait_for_a_unit_under_way(
        self, storage: Storage, house: Institution
    ) -> None:
        person = await a_kept_person(storage, house)
        session = await a_kept_session(storage, person)
        async with storage.start() as unit:
            held = await unit.persons.get(person.id, reach=None)
            held.stop(at=NOON)
            await unit.persons.save(held)
            await unit.persons.save(a_person(house, "other"))
            await unit.sessions.end_all(person.id, EndedBy.DEACTIVATED, at=NOON)
            async with asyncio.timeout(2):
                assert await storage.persons.by_name("other") is None
                standing = await storage.persons.standing(person.id, session.id)
                assert await listed(storage) == [person]
                assert await storage.persons.sessions(person.id, at=NOON) == [session]
        assert standing is not None
        assert (standing.person, standing.session_ended) == (person, False)
