"""Sessions and the tokens they went on with, in tables, inside a unit of work."""

from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.ids import PersonId, SessionId, TokenId
from homeroom.people.errors import SessionNotFound, StaleSession
from homeroom.people.model.sessions import EndedBy, Session
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.people_rows import but_for, ending_cells, session_cells, session_from
from homeroom_adapters.sql.people_tables import session_tokens, sessions
from homeroom_adapters.sql.rows import Select, delete_free, insert_unless_taken
from homeroom_adapters.sql.sent_rows import ForMany, sent_along


@attrs.frozen
class SqlSessions:
    """The sessions, inside a unit. Whoever finds one by its token holds it."""

    _connection: AsyncConnection
    _outbox: SqlOutbox

    async def get(self, session_id: SessionId, *, of: PersonId) -> Session:
        wanted = sa.select(sessions).where(sessions.c.id == session_id, sessions.c.person_id == of)
        row = (await self._connection.execute(wanted)).one_or_none()
        if row is None:
            raise SessionNotFound
        return session_from(row)

    async def by_token(self, token_id: TokenId) -> tuple[Session, str] | None:
        rows = await _BY_TOKEN.run(self._connection, {"token": token_id})
        if not rows:
            return None
        *cells, kept = rows[0]
        return session_from(cells), kept

    async def save(self, session: Session) -> None:
        saved = self._insert if session.version == 0 else self._update
        if not await saved(session):
            raise StaleSession
        token = {
            "token_id": session.token_id,
            "session_id": session.id,
            "digest": session.digest,
        }
        await insert_unless_taken(self._connection, session_tokens, token)
        session.version += 1
        await self._outbox.put(*session.release_events())

    async def end_all(self, person_id: PersonId, why: EndedBy, *, at: datetime) -> int:
        theirs = sa.select(sessions).where(*going_on(person_id, at)).with_for_update()
        ended = [session_from(row) for row in await self._connection.execute(theirs)]
        for session in ended:
            session.end(why, at=at)
        if ended:
            rows = [{"id": session.id, **ending_cells(session)} for session in ended]
            await _END.run(self._connection, rows)
            told = [one for session in ended for one in session.release_events()]
            await self._outbox.put(*told)
        return len(ended)

    async def forget(self, *, before: datetime, limit: int) -> int:
        """Their tokens go with them, by the foreign key."""
        over = sa.or_(sessions.c.ended_at < before, sessions.c.expires_at < before)
        portion = sa.select(sessions.c.id).where(over).limit(limit)
        return await delete_free(self._connection, sessions.c.id, portion)

    async def _insert(self, session: Session) -> bool:
        return await insert_unless_taken(self._connection, sessions, session_cells(session))

    async def _update(self, session: Session) -> bool:
        same = (sessions.c.id == session.id, sessions.c.version == session.version)
        updated = await self._connection.execute(
            sa.update(sessions).where(*same).values(but_for("id", session_cells(session)))
        )
        return updated.rowcount > 0


def going_on(person_id: PersonId, at: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Sessions of theirs that have not ended *at* that instant."""
    return (
        sessions.c.person_id == person_id,
        sessions.c.ended_at.is_(None),
        sessions.c.expires_at > at,
    )


def _by_token(_dialect: str) -> Select:
    """Who waited for the row sees it as it was left: the token that it asked for is the old one."""
    token = sa.bindparam("token", type_=session_tokens.c.token_id.type)
    return (
        sa.select(*sessions.c, session_tokens.c.digest.label("kept"))
        .join(session_tokens, session_tokens.c.session_id == sessions.c.id)
        .where(session_tokens.c.token_id == token)
        .with_for_update(of=sessions)
    )


_ENDED = sent_along("ended", sessions, "id", "ended_at", "ended_by")


def _end(dialect: str) -> Any:
    row = _ENDED.table(dialect)
    return (
        sa.update(sessions)
        .where(sessions.c.id == row["id"])
        .values(ended_at=row["ended_at"], ended_by=row["ended_by"], version=sessions.c.version + 1)
        .returning(sessions.c.id)
    )


_BY_TOKEN, _END = Fixed(_by_token), ForMany(_ENDED, Fixed(_end))
