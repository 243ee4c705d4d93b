"""The promises of the place for what is left behind by somebody who uses the house."""

from datetime import timedelta

import pytest

from homeroom.house import Storage
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import EndedBy, RefreshSecret, Session
from homeroom.people.model.tickets import Ticket, TicketKind, TicketSecret
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    PeopleGround,
    a_credential,
    a_kept_person,
    a_session,
    expired,
    keep_credential,
    keep_sessions,
    trade,
)


class TracesConformance(PeopleGround):
    """What `Traces` promises."""

    @pytest.fixture
    async def ana(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house, "ana")

    @pytest.fixture
    async def ben(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house, "ben")

    async def test_every_session_is_there_also_one_that_ended(
        self, storage: Storage, ana: Person, ben: Person
    ) -> None:
        over = a_session(ana)
        over.end(EndedBy.SIGN_OUT, at=NOON)
        theirs = [over, expired(ana), a_session(ana)]
        await keep_sessions(storage, *theirs, a_session(ben))
        assert await _sessions(storage, ana) == theirs

    async def test_every_ticket_is_there_also_one_that_was_used(
        self, storage: Storage, ana: Person, ben: Person
    ) -> None:
        used, mine = _ticket(ana), _ticket(ana)
        used.used_at = NOON
        await _keep_tickets(storage, used, mine, _ticket(ben))
        async with storage.start() as unit:
            assert await unit.traces.tickets(ana.id) == [used, mine]
            assert (await unit.traces.remove(ana.id))["tickets"] == 2
            assert await unit.traces.tickets(ana.id) == []
            assert len(await unit.traces.tickets(ben.id)) == 1

    async def test_all_that_is_removed_is_counted_and_gone(
        self, storage: Storage, ana: Person
    ) -> None:
        secret, following = RefreshSecret.fresh(), RefreshSecret.fresh()
        await keep_sessions(storage, a_session(ana, secret), a_session(ana))
        await trade(storage, secret, following, at=NOON + timedelta(minutes=1))
        await keep_credential(storage, a_credential(ana))
        async with storage.start() as unit:
            removed = await unit.traces.remove(ana.id)
            await unit.commit()
        assert {kind: count for kind, count in removed.items() if count} == {
            "credentials": 1,
            "sessionTokens": 3,
            "sessions": 2,
        }
        assert await _sessions(storage, ana) == []
        async with storage.start() as unit:
            assert await unit.credentials.of(ana.id) is None
            for token in (secret, following):
                assert await unit.sessions.by_token(token.token_id) is None

    async def test_a_second_time_there_is_nothing_of_the_same_kinds(
        self, storage: Storage, ana: Person
    ) -> None:
        await keep_credential(storage, a_credential(ana))
        async with storage.start() as unit:
            first = await unit.traces.remove(ana.id)
            assert await unit.traces.remove(ana.id) == dict.fromkeys(first, 0)

    async def test_others_keep_theirs(self, storage: Storage, ana: Person, ben: Person) -> None:
        kept = a_session(ben)
        await keep_sessions(storage, a_session(ana), kept)
        await keep_credential(storage, a_credential(ben))
        async with storage.start() as unit:
            await unit.traces.remove(ana.id)
            await unit.commit()
        assert await _sessions(storage, ben) == [kept]
        async with storage.start() as unit:
            assert await unit.credentials.of(ben.id) is not None

    async def test_without_a_commit_nothing_is_gone(self, storage: Storage, ana: Person) -> None:
        self.require("transactional")
        kept = a_session(ana)
        await keep_sessions(storage, kept)
        async with storage.start() as unit:
            await unit.traces.remove(ana.id)
        assert await _sessions(storage, ana) == [kept]


def _ticket(person: Person) -> Ticket:
    return Ticket.issue(TicketKind.RESET, person, TicketSecret.fresh(), at=NOON)


async def _keep_tickets(storage: Storage, *tickets: Ticket) -> None:
    async with storage.start() as unit:
        for ticket in tickets:
            await unit.tickets.save(ticket)
        await unit.commit()


async def _sessions(storage: Storage, person: Person) -> list[Session]:
    async with storage.start() as unit:
        return list(await unit.traces.sessions(person.id))
