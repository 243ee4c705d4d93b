"""What is left behind by somebody who uses the house, in memory, inside a unit."""

from collections.abc import Mapping, Sequence

import attrs

from homeroom.kernel.ids import PersonId
from homeroom.people.model.sessions import Session
from homeroom.people.model.tickets import Ticket
from homeroom_adapters.memory.transaction import Transaction


@attrs.frozen
class MemoryTraces:
    """All that is kept because of a person, but for the person."""

    _transaction: Transaction

    async def sessions(self, person_id: PersonId) -> Sequence[Session]:
        every = self._transaction.reading().sessions
        return sorted(every.select(lambda one: one.person_id == person_id), key=lambda one: one.id)

    async def tickets(self, person_id: PersonId) -> Sequence[Ticket]:
        every = self._transaction.reading().tickets
        return sorted(every.select(lambda one: one.person_id == person_id), key=lambda one: one.id)

    async def remove(self, person_id: PersonId) -> Mapping[str, int]:
        drafts = await self._transaction.writing()
        sessions = {one.id for one in await self.sessions(person_id)}
        tokens = drafts.tokens.select(lambda one: one.session_id in sessions)
        known = drafts.credentials.get(person_id) is not None
        accounts = drafts.accounts.select(lambda one: one.person_id == person_id)
        tickets = await self.tickets(person_id)
        for ticket in tickets:
            drafts.tickets.remove(ticket.id)
        for token in tokens:
            drafts.tokens.remove(token.id)
        for session_id in sessions:
            drafts.sessions.remove(session_id)
        for account in accounts:
            drafts.accounts.remove((account.provider, account.subject))
        if known:
            drafts.credentials.remove(person_id)
        return {
            "credentials": int(known),
            "identities": len(accounts),
            "sessionTokens": len(tokens),
            "sessions": len(sessions),
            "tickets": len(tickets),
        }
