"""The promises of the place for sessions: a token is traded once, and no old one is forgotten."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given

from homeroom.house import Storage
from homeroom.kernel.ids import SessionId, TokenId, new_id
from homeroom.people.errors import SessionNotFound, StaleSession
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import EndedBy, RefreshSecret, Session
from homeroom_testing import strategies
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    DAY,
    ROUND_TRIP,
    PeopleGround,
    a_kept_person,
    a_kept_session,
    a_session,
    by_token,
    keep_sessions,
    seen,
    trade,
)
from homeroom_testing.conformance.storage import told_by


class SessionsConformance(PeopleGround):
    """What `Sessions` promises."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    async def test_an_unknown_session_and_somebody_elses_are_not_found(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        other = await a_kept_person(storage, house, "other")
        session = await a_kept_session(storage, person)
        async with storage.start() as unit:
            with pytest.raises(SessionNotFound):
                await unit.sessions.get(SessionId(new_id()), of=person.id)
            with pytest.raises(SessionNotFound):
                await unit.sessions.get(session.id, of=other.id)
            assert await unit.sessions.get(session.id, of=person.id) == session

    async def test_no_session_had_an_unknown_token(self, storage: Storage) -> None:
        async with storage.start() as unit:
            assert await unit.sessions.by_token(TokenId(new_id())) is None

    async def test_every_token_that_was_ever_traded_finds_its_session(
        self, storage: Storage, person: Person
    ) -> None:
        secrets = [RefreshSecret.fresh() for _ in range(4)]
        await a_kept_session(storage, person, secrets[0])
        for shown, following in pairwise(secrets):
            await trade(storage, shown, following)
        session = await by_token(storage, secrets[-1])
        assert session.token_id == secrets[-1].token_id
        for secret in secrets:
            async with storage.start() as unit:
                assert await unit.sessions.by_token(secret.token_id) == (session, secret.digest)

    async def test_of_two_who_trade_a_token_at_once_one_succeeds(
        self, storage: Storage, person: Person
    ) -> None:
        secret = RefreshSecret.fresh()
        await a_kept_session(storage, person, secret)
        answers = await asyncio.gather(
            *(trade(storage, secret, RefreshSecret.fresh()) for _ in range(2)),
            return_exceptions=True,
        )
        assert sorted(type(one).__name__ for one in answers) == ["NoneType", "RefreshTokenReused"]
        assert (await by_token(storage, secret)).ended_by is EndedBy.REUSE

    async def test_who_asks_second_waits_and_sees_the_traded_token(
        self, storage: Storage, person: Person
    ) -> None:
        secret, following = RefreshSecret.fresh(), RefreshSecret.fresh()
        await a_kept_session(storage, person, secret)
        async with storage.start() as unit:
            found = await unit.sessions.by_token(secret.token_id)
            assert found is not None
            second = asyncio.create_task(by_token(storage, secret))
            await asyncio.sleep(0.05)
            session, kept = found
            session.go_on(secret, kept, following, at=NOON)
            await unit.sessions.save(session)
            assert not second.done()
            await unit.commit()
        assert (await second).token_id == following.token_id

    async def test_a_trade_that_was_not_committed_did_not_happen(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("transactional")
        secret, never = RefreshSecret.fresh(), RefreshSecret.fresh()
        session = await a_kept_session(storage, person, secret)
        async with storage.start() as unit:
            held, kept = await unit.sessions.by_token(secret.token_id) or (session, "")
            held.go_on(secret, kept, never, at=NOON)
            await unit.sessions.save(held)
        async with storage.start() as unit:
            assert await unit.sessions.by_token(never.token_id) is None
        assert await by_token(storage, secret) == session

    async def test_what_happened_is_told_once_it_is_committed(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("transactional")
        await told_by(storage)
        session = a_session(person)
        async with storage.start() as unit:
            await unit.sessions.save(a_session(person))
        async with storage.start() as unit:
            await unit.sessions.save(session)
            session.end(EndedBy.SIGN_OUT, at=NOON)
            await unit.sessions.save(session)
            await unit.commit()
        told = [one.name for one in await told_by(storage)]
        assert told == ["people.session_began.v1", "people.session_ended.v1"]

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, person: Person
    ) -> None:
        session = await a_kept_session(storage, person)
        mine, theirs = [await seen(storage, session) for _ in range(2)]
        theirs.end(EndedBy.SIGN_OUT, at=NOON)
        await keep_sessions(storage, theirs)
        mine.used_at = NOON + DAY
        with pytest.raises(StaleSession):
            await keep_sessions(storage, mine)
        assert await seen(storage, session) == theirs

    async def test_a_new_session_cannot_be_saved_over_another(
        self, storage: Storage, person: Person
    ) -> None:
        session = await a_kept_session(storage, person)
        session.version = 0
        with pytest.raises(StaleSession):
            await keep_sessions(storage, session)

    async def test_what_is_read_is_a_copy(self, storage: Storage, person: Person) -> None:
        secret = RefreshSecret.fresh()
        session = await a_kept_session(storage, person, secret)
        session.used_at = NOON + DAY
        (await by_token(storage, secret)).used_at = NOON + DAY
        assert (await seen(storage, session)).used_at == NOON
        assert (await seen(storage, session)).release_events() == ()

    @ROUND_TRIP
    @given(session=strategies.sessions())
    async def test_a_session_comes_back_as_it_went(
        self, storage: Storage, person: Person, session: Session
    ) -> None:
        session.person_id, session.institution_id = person.id, person.institution_id
        await keep_sessions(storage, session)
        assert await seen(storage, session) == session
