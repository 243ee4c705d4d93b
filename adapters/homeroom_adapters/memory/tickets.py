"""Tickets, in memory."""

from datetime import datetime
from heapq import nlargest

import attrs

from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import InstitutionId, PersonId, TicketId
from homeroom.kernel.page import CursorPage, CursorRequest
from homeroom.people.errors import StaleTicket, TicketNotFound
from homeroom.people.model.tickets import Ticket, TicketKind
from homeroom.people.ports.tickets import Held
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.store import Store
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryTickets:
    """The tickets, inside a unit. Whoever finds one by its digest takes the store's turn."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, ticket_id: TicketId, *, reach: InstitutionId | None) -> Ticket:
        found = self._transaction.reading().tickets.get(ticket_id)
        if found is None or not _within(reach, found):
            raise TicketNotFound
        return found

    async def by_digest(self, digest: str) -> Ticket | None:
        drafts = await self._transaction.writing()
        held = drafts.tickets.holder(digest)
        return None if held is None else drafts.tickets.get(held)

    async def save(self, ticket: Ticket) -> None:
        drafts = await self._transaction.writing()
        known = drafts.tickets.get(ticket.id)
        if (0 if known is None else known.version) != ticket.version:
            raise StaleTicket
        if drafts.tickets.holder(ticket.digest) not in (None, ticket.id):
            raise StaleTicket
        if _is_open(ticket) and any(one.id != ticket.id for one in _open(drafts, ticket.person_id)):
            raise StaleTicket
        if drafts.persons.get(ticket.person_id) is None:
            raise Conflict("the person of this ticket is not there; save the person first")
        ticket.version += 1
        drafts.tickets.put(ticket)
        await self._outbox.put(*ticket.release_events())

    async def revoke_all(self, person_id: PersonId, *, at: datetime) -> int:
        drafts = await self._transaction.writing()
        theirs = _open(drafts, person_id)
        for ticket in theirs:
            ticket.revoke(at=at)
            ticket.version += 1
            drafts.tickets.put(ticket)
        return len(theirs)

    async def forget(self, *, before: datetime, limit: int) -> int:
        drafts = await self._transaction.writing()
        over = drafts.tickets.select(
            lambda one: one.kind is TicketKind.RESET and one.expires_at < before
        )[:limit]
        for ticket in over:
            drafts.tickets.remove(ticket.id)
        return len(over)


@attrs.frozen
class MemoryTicketQueries:
    """Reads of tickets, outside of any unit."""

    _store: Store

    async def held(self, digest: str) -> Held | None:
        with self._store.lock:
            key = self._store.tickets.holders.get(digest)
            found = None if key is None else self._store.tickets.rows.get(TicketId(key))
            return None if found is None else self._held(found)

    async def invitations(
        self, page: CursorRequest, *, reach: InstitutionId | None
    ) -> CursorPage[Held]:
        with self._store.lock:
            wanted = (
                one
                for one in self._store.tickets.rows.values()
                if one.kind is TicketKind.INVITATION
                and _within(reach, one)
                and (page.after is None or one.id < page.after)
            )
            newest = nlargest(page.limit + 1, wanted, key=lambda one: one.id.int)
            held = [self._held(one) for one in newest]
        return CursorPage.cut(held, page.limit, lambda one: one.ticket.id)

    def _held(self, ticket: Ticket) -> Held:
        """Copies of *ticket* and of whose it is, while the lock is held."""
        store = self._store
        person = store.persons.rows[ticket.person_id]
        return Held(ticket=store.tickets.copied(ticket), person=store.persons.copied(person))


def _open(drafts: Drafts, person_id: PersonId) -> list[Ticket]:
    return drafts.tickets.select(lambda one: one.person_id == person_id and _is_open(one))


def _is_open(ticket: Ticket) -> bool:
    return ticket.used_at is None and ticket.revoked_at is None


def _within(reach: InstitutionId | None, ticket: Ticket) -> bool:
    return reach is None or ticket.institution_id == reach
