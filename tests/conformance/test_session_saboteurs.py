"""Storages that break one promise each about sessions, and the clause that catches them."""

from datetime import datetime

import attrs
import pytest

from homeroom.kernel.ids import PersonId, SessionId, TokenId
from homeroom.people.model.sessions import EndedBy, Session
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.sessions import MemorySessions
from homeroom_adapters.memory.storage import open_storage
from homeroom_testing.conformance.ended_sessions import EndedSessionsConformance
from homeroom_testing.conformance.sessions import SessionsConformance
from homeroom_testing.conformance.storage import StorageConformance
from homeroom_testing.sabotage import broken_clauses
from homeroom_testing.spoiled import spoiled


class ForgetsOldTokens(MemorySessions):
    async def by_token(self, token_id: TokenId) -> tuple[Session, str] | None:
        found = await super().by_token(token_id)
        return None if found is None or found[0].token_id != token_id else found


class GivesTheNewestDigest(MemorySessions):
    async def by_token(self, token_id: TokenId) -> tuple[Session, str] | None:
        found = await super().by_token(token_id)
        return None if found is None else (found[0], found[0].digest)


class DoesNotWait(MemorySessions):
    """Looks at what is committed, whoever holds it."""

    async def by_token(self, token_id: TokenId) -> tuple[Session, str] | None:
        drafts = self._transaction.reading()
        token = drafts.tokens.get(token_id)
        session = None if token is None else drafts.sessions.get(token.session_id)
        return None if token is None or session is None else (session, token.digest)


class WaitsButSawBefore(MemorySessions):
    """Reads first and waits then, as a lock after the look does."""

    async def by_token(self, token_id: TokenId) -> tuple[Session, str] | None:
        seen = await DoesNotWait(self._transaction, self._outbox).by_token(token_id)
        await self._transaction.writing()
        return seen


class FindsSomebodyElses(MemorySessions):
    async def get(self, session_id: SessionId, *, of: PersonId) -> Session:
        found = self._transaction.reading().sessions.get(session_id)
        return await super().get(session_id, of=of if found is None else found.person_id)


class MissesOne(MemorySessions):
    async def end_all(self, person_id: PersonId, why: EndedBy, *, at: datetime) -> int:
        drafts = await self._transaction.writing()
        theirs = drafts.sessions.select(lambda one: one.person_id == person_id)
        spared = max(theirs, key=lambda one: one.id.int, default=None)
        count = await super().end_all(person_id, why, at=at)
        if spared is not None:
            drafts.sessions.put(spared)
        return count


class EndsWithoutAWord(MemorySessions):
    async def end_all(self, person_id: PersonId, why: EndedBy, *, at: datetime) -> int:
        events = self._transaction.reading().events
        told = len(events)
        count = await super().end_all(person_id, why, at=at)
        del events[told:]
        return count


class EndsWhatHasEnded(MemorySessions):
    async def end_all(self, person_id: PersonId, why: EndedBy, *, at: datetime) -> int:
        drafts = await self._transaction.writing()
        for session in drafts.sessions.select(lambda one: one.person_id == person_id):
            drafts.sessions.put(attrs.evolve(session, ended_at=None, ended_by=None))
        return await super().end_all(person_id, why, at=at)


class ForgetsLiveOnes(MemorySessions):
    async def forget(self, *, before: datetime, limit: int) -> int:
        drafts = await self._transaction.writing()
        for session in drafts.sessions.select(lambda one: one.used_at <= before):
            drafts.sessions.put(
                attrs.evolve(session, expires_at=datetime.min.replace(tzinfo=before.tzinfo))
            )
        return await super().forget(before=before, limit=limit)


class KeepsWhatNobodyEnded(MemorySessions):
    async def forget(self, *, before: datetime, limit: int) -> int:
        drafts = await self._transaction.writing()
        expired = drafts.sessions.select(lambda one: one.ended_at is None)
        for session in expired:
            drafts.sessions.put(attrs.evolve(session, expires_at=before))
        return await super().forget(before=before, limit=limit)


class ForgetsAllAtOnce(MemorySessions):
    async def forget(self, *, before: datetime, limit: int) -> int:
        return await super().forget(before=before, limit=1_000)


CAUGHT_BY: dict[type[StorageConformance], dict[type, str]] = {
    SessionsConformance: {
        ForgetsOldTokens: "test_every_token_that_was_ever_traded_finds_its_session",
        GivesTheNewestDigest: "test_every_token_that_was_ever_traded_finds_its_session",
        DoesNotWait: "test_of_two_who_trade_a_token_at_once_one_succeeds",
        WaitsButSawBefore: "test_who_asks_second_waits_and_sees_the_traded_token",
        FindsSomebodyElses: "test_an_unknown_session_and_somebody_elses_are_not_found",
    },
    EndedSessionsConformance: {
        MissesOne: "test_all_that_go_on_are_ended_each_with_its_event",
        EndsWithoutAWord: "test_all_that_go_on_are_ended_each_with_its_event",
        EndsWhatHasEnded: "test_other_peoples_sessions_and_what_has_ended_stay_as_they_are",
        ForgetsLiveOnes: "test_what_goes_on_or_ended_later_is_kept",
        KeepsWhatNobodyEnded: "test_what_ended_or_expired_before_is_forgotten_with_its_tokens",
        ForgetsAllAtOnce: "test_no_more_than_the_limit_are_forgotten_at_once",
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
