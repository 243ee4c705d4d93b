"""The promises of the place for tickets: each is used once, and nobody has two open ones."""

import asyncio
from datetime import datetime

import pytest
from hypothesis import given

from homeroom.house import Storage
from homeroom.kernel.ids import InstitutionId, TicketId, new_id
from homeroom.people.errors import StaleTicket, TicketNotFound, TicketNotGood
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.model.tickets import Ticket, TicketKind, TicketSecret
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    DAY,
    ROUND_TRIP,
    PeopleGround,
    a_kept_person,
)
from homeroom_testing.conformance.storage import settle_in, told_by

INVITATION, RESET = TicketKind.INVITATION, TicketKind.RESET


def a_ticket(
    person: Person,
    secret: TicketSecret | None = None,
    kind: TicketKind = INVITATION,
    *,
    at: datetime = NOON,
) -> Ticket:
    """A new ticket; saving an invitation tells one event."""
    return Ticket.issue(kind, person, secret or TicketSecret.fresh(), at=at)


def revoked(ticket: Ticket) -> Ticket:
    ticket.revoke(at=NOON)
    return ticket


async def keep_tickets(storage: Storage, *tickets: Ticket) -> None:
    """Save *tickets* in a unit of their own."""
    async with storage.start() as unit:
        for ticket in tickets:
            await unit.tickets.save(ticket)
        await unit.commit()


async def look_at(storage: Storage, ticket: Ticket) -> Ticket:
    """*ticket* as another unit finds it."""
    async with storage.start() as unit:
        return await unit.tickets.get(ticket.id, reach=None)


async def use(
    storage: Storage,
    secret: TicketSecret,
    holds: asyncio.Event | None = None,
    go_on: asyncio.Event | None = None,
) -> None:
    """Use an invitation as a use case does; tells that it *holds* it, and waits to *go_on*."""
    async with storage.start() as unit:
        ticket = await unit.tickets.by_digest(secret.digest)
        assert ticket is not None
        await asyncio.sleep(0)  # whoever did not wait would come in between
        if holds is not None and go_on is not None:
            holds.set()
            await go_on.wait()
        ticket.use(INVITATION, at=NOON)
        await unit.tickets.save(ticket)
        await unit.commit()


class TicketsConformance(PeopleGround):
    """What `Tickets` promises."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    async def test_an_unknown_ticket_and_one_out_of_reach_are_not_found(
        self, storage: Storage, person: Person
    ) -> None:
        ticket = a_ticket(person)
        await keep_tickets(storage, ticket)
        async with storage.start() as unit:
            elsewhere = InstitutionId(new_id())
            with pytest.raises(TicketNotFound):
                await unit.tickets.get(TicketId(new_id()), reach=None)
            with pytest.raises(TicketNotFound):
                await unit.tickets.get(ticket.id, reach=elsewhere)
            for within in (person.institution_id, None):
                assert await unit.tickets.get(ticket.id, reach=within) == ticket

    async def test_a_ticket_is_found_by_its_own_digest(
        self, storage: Storage, person: Person
    ) -> None:
        secret = TicketSecret.fresh()
        ticket = a_ticket(person, secret)
        await keep_tickets(storage, ticket)
        async with storage.start() as unit:
            assert await unit.tickets.by_digest(secret.digest) == ticket
            assert await unit.tickets.by_digest(TicketSecret.fresh().digest) is None

    async def test_of_two_who_use_a_ticket_at_once_one_succeeds(
        self, storage: Storage, person: Person
    ) -> None:
        secret = TicketSecret.fresh()
        await keep_tickets(storage, a_ticket(person, secret))
        answers = await asyncio.gather(
            *(use(storage, secret) for _ in range(2)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in answers) == ["NoneType", "TicketNotGood"]

    async def test_who_uses_it_second_waits_and_sees_that_it_was_used(
        self, storage: Storage, person: Person
    ) -> None:
        secret, holds, go_on = TicketSecret.fresh(), asyncio.Event(), asyncio.Event()
        await keep_tickets(storage, a_ticket(person, secret))
        first = asyncio.create_task(use(storage, secret, holds, go_on))
        await holds.wait()
        second = asyncio.create_task(use(storage, secret))
        await asyncio.sleep(0.05)
        assert not second.done()
        go_on.set()
        await first
        with pytest.raises(TicketNotGood):
            await second

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person
    ) -> None:
        ticket = a_ticket(person)
        await keep_tickets(storage, ticket)
        mine, theirs = [await look_at(storage, ticket) for _ in range(2)]
        theirs.use(INVITATION, at=NOON)
        await keep_tickets(storage, theirs)
        with pytest.raises(StaleTicket):
            await keep_tickets(storage, revoked(mine))
        assert await look_at(storage, ticket) == theirs

    async def test_nobody_has_two_open_tickets(self, storage: Storage, person: Person) -> None:
        await keep_tickets(storage, a_ticket(person))
        other = await a_kept_person(storage, await settle_in(storage, "Theirs"), "ben")
        async with storage.start() as unit:
            with pytest.raises(StaleTicket):
                await unit.tickets.save(a_ticket(person, kind=RESET))
            await unit.tickets.save(revoked(a_ticket(person)))
            await unit.tickets.save(a_ticket(other))
            await unit.commit()

    async def test_of_two_who_make_one_at_once_one_succeeds(
        self, storage: Storage, person: Person
    ) -> None:
        answers = await asyncio.gather(
            *(keep_tickets(storage, a_ticket(person)) for _ in range(2)), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in answers) == ["NoneType", "StaleTicket"]

    async def test_what_is_open_is_revoked_and_makes_room_for_another(
        self, storage: Storage, person: Person
    ) -> None:
        other = await a_kept_person(storage, await settle_in(storage, "Theirs"), "ben")
        used, old, theirs = a_ticket(person), a_ticket(person), a_ticket(other)
        used.use(INVITATION, at=NOON)
        await keep_tickets(storage, used, old, theirs)
        async with storage.start() as unit:
            assert await unit.tickets.revoke_all(person.id, at=NOON + DAY) == 1
            assert await unit.tickets.revoke_all(person.id, at=NOON + DAY) == 0
            await unit.tickets.save(a_ticket(person))
            await unit.commit()
        assert (await look_at(storage, old)).revoked_at == NOON + DAY
        assert await look_at(storage, used) == used
        assert await look_at(storage, theirs) == theirs

    async def test_who_read_it_before_it_was_revoked_is_late(
        self, storage: Storage, person: Person
    ) -> None:
        ticket = a_ticket(person)
        await keep_tickets(storage, ticket)
        mine = await look_at(storage, ticket)
        async with storage.start() as unit:
            await unit.tickets.revoke_all(person.id, at=NOON)
            await unit.commit()
        mine.use(INVITATION, at=NOON)
        with pytest.raises(StaleTicket):
            await keep_tickets(storage, mine)

    async def test_resets_are_forgotten_and_invitations_are_not(
        self, storage: Storage, person: Person
    ) -> None:
        before = NOON - DAY
        old = [revoked(a_ticket(person, kind=RESET, at=before - 2 * DAY)) for _ in range(3)]
        invited = revoked(a_ticket(person, at=before - 30 * DAY))
        fresh = a_ticket(person, kind=RESET, at=before)
        await keep_tickets(storage, *old, invited, fresh)
        counts = []
        for _ in range(3):
            async with storage.start() as unit:
                counts.append(await unit.tickets.forget(before=before, limit=2))
                await unit.commit()
        assert counts == [2, 1, 0]
        for kept in (invited, fresh):
            assert await look_at(storage, kept) == kept

    async def test_what_was_not_committed_did_not_happen_and_is_not_told(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("transactional")
        secret, never = TicketSecret.fresh(), TicketSecret.fresh()
        await told_by(storage)
        async with storage.start() as unit:
            await unit.tickets.save(a_ticket(person, never))
        await keep_tickets(storage, a_ticket(person, secret))
        await use(storage, secret)
        assert await storage.tickets.held(never.digest) is None
        told = [one.name for one in await told_by(storage)]
        assert told == ["people.person_invited.v1", "people.invitation_accepted.v1"]

    async def test_what_is_read_is_a_copy(self, storage: Storage, person: Person) -> None:
        ticket = a_ticket(person)
        await keep_tickets(storage, ticket)
        ticket.expires_at = NOON + DAY
        revoked(await look_at(storage, ticket))
        kept = await look_at(storage, ticket)
        assert (kept.revoked_at, kept.expires_at) == (None, NOON + 7 * DAY)
        assert kept.release_events() == ()

    @ROUND_TRIP
    @given(ticket=strategies.tickets())
    async def test_a_ticket_comes_back_as_it_went(
        self, storage: Storage, house: Institution, ticket: Ticket
    ) -> None:
        person = await a_kept_person(storage, house, new_id().hex)
        ticket.person_id, ticket.institution_id = person.id, house.id
        await keep_tickets(storage, ticket)
        assert await look_at(storage, ticket) == ticket
