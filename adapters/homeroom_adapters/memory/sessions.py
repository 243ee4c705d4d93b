"""Sessions and the tokens they went on with, in memory, inside a unit."""

from datetime import datetime

import attrs

from homeroom.kernel.errors import Conflict
from homeroom.kernel.ids import PersonId, SessionId, TokenId
from homeroom.people.errors import SessionNotFound, StaleSession
from homeroom.people.model.sessions import EndedBy, Session
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.people_tables import Token
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemorySessions:
    """The sessions, inside a unit. Whoever finds one by its token takes the store's turn."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, session_id: SessionId, *, of: PersonId) -> Session:
        found = self._transaction.reading().sessions.get(session_id)
        if found is None or found.person_id != of:
            raise SessionNotFound
        return found

    async def by_token(self, token_id: TokenId) -> tuple[Session, str] | None:
        drafts = await self._transaction.writing()
        token = drafts.tokens.get(token_id)
        session = None if token is None else drafts.sessions.get(token.session_id)
        return None if token is None or session is None else (session, token.digest)

    async def save(self, session: Session) -> None:
        drafts = await self._transaction.writing()
        known = drafts.sessions.get(session.id)
        if (0 if known is None else known.version) != session.version:
            raise StaleSession
        if drafts.persons.get(session.person_id) is None:
            raise Conflict("the person of this session is not there; save the person first")
        if drafts.tokens.get(session.token_id) is None:
            drafts.tokens.put(Token(session.token_id, session.id, session.digest))
        await self._put(drafts, session)

    async def end_all(self, person_id: PersonId, why: EndedBy, *, at: datetime) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.sessions.select(
            lambda one: one.person_id == person_id and not one.has_ended(at=at)
        )
        for session in theirs:
            session.end(why, at=at)
            await self._put(drafts, session)
        return len(theirs)

    async def forget(self, *, before: datetime, limit: int) -> int:
        drafts = await self._transaction.writing()
        over = drafts.sessions.select(lambda one: _was_over(one, before))[:limit]
        gone = frozenset(one.id for one in over)
        for token in drafts.tokens.select(lambda one: one.session_id in gone):
            drafts.tokens.remove(token.id)
        for session_id in gone:
            drafts.sessions.remove(session_id)
        return len(gone)

    async def _put(self, drafts: Drafts, session: Session) -> None:
        session.version += 1
        drafts.sessions.put(session)
        await self._outbox.put(*session.release_events())


def _was_over(session: Session, before: datetime) -> bool:
    return session.expires_at < before or (
        session.ended_at is not None and session.ended_at < before
    )
