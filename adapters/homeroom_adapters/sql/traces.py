"""What is left behind by somebody who uses the house, in tables, inside a unit of work."""

from collections.abc import Mapping, Sequence

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import PersonId
from homeroom.people.model.sessions import Session
from homeroom.people.model.tickets import Ticket
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.identity_tables import identities
from homeroom_adapters.sql.people_rows import session_from
from homeroom_adapters.sql.people_tables import credentials, session_tokens, sessions, tickets
from homeroom_adapters.sql.tickets import ticket_from

_REMOVED: Mapping[str, sa.Table] = {
    "credentials": credentials,
    "identities": identities,
    "sessions": sessions,
    "tickets": tickets,
}


@attrs.frozen
class SqlTraces:
    """All that is kept because of a person, but for the person."""

    _connection: AsyncConnection

    async def sessions(self, person_id: PersonId) -> Sequence[Session]:
        theirs = sa.select(sessions).where(sessions.c.person_id == person_id)
        rows = await self._connection.execute(theirs.order_by(sessions.c.id))
        return [session_from(row) for row in rows]

    async def tickets(self, person_id: PersonId) -> Sequence[Ticket]:
        theirs = sa.select(tickets).where(tickets.c.person_id == person_id)
        rows = await self._connection.execute(theirs.order_by(tickets.c.id))
        return [ticket_from(row) for row in rows]

    async def remove(self, person_id: PersonId) -> Mapping[str, int]:
        theirs = sa.select(sessions.c.id).where(sessions.c.person_id == person_id)
        tokens = session_tokens.c.session_id.in_(theirs)
        removed = {"sessionTokens": await self._take_away(session_tokens, tokens)}
        for kind, table in _REMOVED.items():
            removed[kind] = await self._take_away(table, table.c.person_id == person_id)
        return dict(sorted(removed.items()))

    async def _take_away(self, table: sa.Table, meant: sa.ColumnElement[bool]) -> int:
        return (await self._connection.execute(sa.delete(table).where(meant))).rowcount
