"""The storages sign the suites of tickets, and those that break one promise each are caught."""

from datetime import datetime

import pytest
from storage_grounds import InMemory, OnPostgres, OnSqlite

from homeroom.kernel.ids import InstitutionId, PersonId, TicketId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.model.tickets import Ticket, TicketKind
from homeroom.people.ports.tickets import Held
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.memory.tickets import MemoryTicketQueries, MemoryTickets
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.conformance.ticket_queries import TicketQueriesConformance
from homeroom_testing.conformance.tickets import TicketsConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class TestTicketsInMemory(InMemory, TicketsConformance): ...


class TestTicketsOnSqlite(OnSqlite, TicketsConformance): ...


class TestTicketsOnPostgres(OnPostgres, TicketsConformance): ...


class TestTicketQueriesInMemory(InMemory, TicketQueriesConformance): ...


class TestTicketQueriesOnSqlite(OnSqlite, TicketQueriesConformance): ...


class TestTicketQueriesOnPostgres(OnPostgres, TicketQueriesConformance): ...


class FindsForeignTickets(MemoryTickets):
    async def get(self, ticket_id: TicketId, *, reach: InstitutionId | None) -> Ticket:
        return await super().get(ticket_id, reach=None)


class LetsTwoUseOne(MemoryTickets):
    """Reads without waiting, and takes the last word for the right one."""

    async def by_digest(self, digest: str) -> Ticket | None:
        drafts = self._transaction.reading()
        held = drafts.tickets.holder(digest)
        return None if held is None else drafts.tickets.get(held)

    async def save(self, ticket: Ticket) -> None:
        known = (await self._transaction.writing()).tickets.get(ticket.id)
        ticket.version = 0 if known is None else known.version
        await super().save(ticket)


class NeverStale(MemoryTickets):
    async def save(self, ticket: Ticket) -> None:
        known = (await self._transaction.writing()).tickets.get(ticket.id)
        ticket.version = 0 if known is None else known.version
        await super().save(ticket)


class LetsManyBeOpen(MemoryTickets):
    async def save(self, ticket: Ticket) -> None:
        drafts = await self._transaction.writing()
        others = drafts.tickets.select(lambda one: one.id != ticket.id)
        for other in others:
            drafts.tickets.remove(other.id)
        await super().save(ticket)
        for other in others:
            drafts.tickets.put(other)


class RevokesWhatWasUsed(MemoryTickets):
    async def revoke_all(self, person_id: PersonId, *, at: datetime) -> int:
        drafts = await self._transaction.writing()
        for ticket in drafts.tickets.select(lambda one: one.person_id == person_id):
            ticket.revoked_at = at
            drafts.tickets.put(ticket)
        return 1


class RevokesInSecret(MemoryTickets):
    """Leaves the version as it was."""

    async def revoke_all(self, person_id: PersonId, *, at: datetime) -> int:
        revoked = await super().revoke_all(person_id, at=at)
        drafts = await self._transaction.writing()
        for ticket in drafts.tickets.select(lambda one: one.revoked_at == at):
            ticket.version -= 1
            drafts.tickets.put(ticket)
        return revoked


class ForgetsInvitations(MemoryTickets):
    async def forget(self, *, before: datetime, limit: int) -> int:
        drafts = await self._transaction.writing()
        over = drafts.tickets.select(lambda one: one.expires_at < before)[:limit]
        for ticket in over:
            drafts.tickets.remove(ticket.id)
        return len(over)


class LosesEvents(MemoryTickets):
    async def save(self, ticket: Ticket) -> None:
        ticket.release_events()
        await super().save(ticket)


class FindsInvitationsOnly(MemoryTicketQueries):
    async def held(self, digest: str) -> Held | None:
        found = await super().held(digest)
        return found if found and found.ticket.kind is TicketKind.INVITATION else None


class ListsForeignInvitations(MemoryTicketQueries):
    async def invitations(
        self, page: CursorRequest, *, reach: InstitutionId | None
    ) -> CursorPage[Held]:
        return await super().invitations(page, reach=None)


class NeverTheLastPage(MemoryTicketQueries):
    async def invitations(
        self, page: CursorRequest, *, reach: InstitutionId | None
    ) -> CursorPage[Held]:
        items = (await super().invitations(page, reach=reach)).items
        return CursorPage(items, items[-1].ticket.id if items else None)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    TicketsConformance: {
        FindsForeignTickets: "test_an_unknown_ticket_and_one_out_of_reach_are_not_found",
        LetsTwoUseOne: "test_of_two_who_use_a_ticket_at_once_one_succeeds",
        NeverStale: "test_the_second_of_two_saves_of_one_version_is_stale",
        LetsManyBeOpen: "test_nobody_has_two_open_tickets",
        RevokesWhatWasUsed: "test_what_is_open_is_revoked_and_makes_room_for_another",
        RevokesInSecret: "test_who_read_it_before_it_was_revoked_is_late",
        ForgetsInvitations: "test_resets_are_forgotten_and_invitations_are_not",
        LosesEvents: "test_what_was_not_committed_did_not_happen_and_is_not_told",
    },
    TicketQueriesConformance: {
        FindsInvitationsOnly: "test_a_ticket_is_found_with_whose_it_is",
        ListsForeignInvitations: "test_invitations_out_of_reach_are_not_listed",
        NeverTheLastPage: "test_a_full_last_page_has_no_next",
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
