"""The promises of the place for sessions of what is over: ended at once, and forgotten."""

import asyncio
from datetime import timedelta

import pytest

from homeroom.house import Storage
from homeroom.people.errors import StaleSession
from homeroom.people.model.institutions import Institution
from homeroom.people.model.persons import Person
from homeroom.people.model.sessions import LASTS, EndedBy, RefreshSecret
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.people_ground import (
    DAY,
    MINUTE,
    PeopleGround,
    a_kept_person,
    a_kept_session,
    a_session,
    by_token,
    end_all,
    expired,
    keep_sessions,
    seen,
    trade,
)
from homeroom_testing.conformance.storage import told_by, until

TICK = timedelta(microseconds=1)


class EndedSessionsConformance(PeopleGround):
    """What `Sessions` promises of ending them all, and of forgetting what is over."""

    @pytest.fixture
    async def person(self, storage: Storage, house: Institution) -> Person:
        return await a_kept_person(storage, house)

    async def test_all_that_go_on_are_ended_each_with_its_event(
        self, storage: Storage, person: Person
    ) -> None:
        going_on = [a_session(person, at=NOON - number * DAY) for number in range(12)]
        await keep_sessions(storage, *going_on)
        await told_by(storage)
        assert await end_all(storage, person) == 12
        ended = [await seen(storage, one) for one in going_on]
        assert {(one.ended_at, one.ended_by) for one in ended} == {(NOON, EndedBy.PASSWORD)}
        told = await told_by(storage)
        assert [one.name for one in told] == ["people.session_ended.v1"] * 12
        assert await end_all(storage, person) == 0
        assert await told_by(storage) == []

    async def test_other_peoples_sessions_and_what_has_ended_stay_as_they_are(
        self, storage: Storage, house: Institution, person: Person
    ) -> None:
        other = await a_kept_session(storage, await a_kept_person(storage, house, "other"))
        ended = a_session(person, ended_at=NOON - DAY, ended_by=EndedBy.SIGN_OUT)
        over, mine = expired(person), a_session(person)
        await keep_sessions(storage, ended, over, mine)
        await told_by(storage)
        assert await end_all(storage, person) == 1
        assert [await seen(storage, one) for one in (other, ended, over)] == [other, ended, over]
        assert len(await told_by(storage)) == 1

    async def test_who_held_a_session_that_was_ended_is_stale(
        self, storage: Storage, person: Person
    ) -> None:
        held = await seen(storage, await a_kept_session(storage, person))
        await end_all(storage, person)
        held.used_at = NOON + MINUTE
        with pytest.raises(StaleSession):
            await keep_sessions(storage, held)

    async def test_a_trade_under_way_is_waited_for_and_ended_too(
        self, storage: Storage, person: Person
    ) -> None:
        secret, following = RefreshSecret.fresh(), RefreshSecret.fresh()
        await a_kept_session(storage, person, secret)
        holds, go_on = asyncio.Event(), asyncio.Event()
        trading = asyncio.create_task(trade(storage, secret, following, holds, go_on))
        await until(holds, trading)
        ending = asyncio.create_task(end_all(storage, person))
        await asyncio.sleep(0.05)
        go_on.set()
        await trading
        assert await ending == 1
        assert (await by_token(storage, following)).ended_by is EndedBy.PASSWORD

    async def test_an_end_that_was_not_committed_did_not_happen(
        self, storage: Storage, person: Person
    ) -> None:
        self.require("transactional")
        session = await a_kept_session(storage, person)
        await told_by(storage)
        async with storage.start() as unit:
            assert await unit.sessions.end_all(person.id, EndedBy.PASSWORD, at=NOON) == 1
        assert await seen(storage, session) == session
        assert await told_by(storage) == []

    async def test_what_ended_or_expired_before_is_forgotten_with_its_tokens(
        self, storage: Storage, person: Person
    ) -> None:
        secret, following = RefreshSecret.fresh(), RefreshSecret.fresh()
        await keep_sessions(storage, a_session(person, secret, at=NOON - DAY))
        await trade(storage, secret, following, at=NOON - LASTS - TICK)
        ended = a_session(person, ended_at=NOON - TICK, ended_by=EndedBy.REVOKED)
        late = a_session(person, expires_at=NOON - DAY, ended_at=NOON, ended_by=EndedBy.REUSE)
        await keep_sessions(storage, ended, late)
        assert await forget(storage, limit=10) == 3
        async with storage.start() as unit:
            for token_id in (secret.token_id, following.token_id, ended.token_id, late.token_id):
                assert await unit.sessions.by_token(token_id) is None

    async def test_what_goes_on_or_ended_later_is_kept(
        self, storage: Storage, person: Person
    ) -> None:
        kept = [
            a_session(person),
            a_session(person, at=NOON - LASTS),  # it expired at this very instant
            a_session(person, ended_at=NOON, ended_by=EndedBy.REVOKED),
        ]
        await keep_sessions(storage, *kept)
        assert await forget(storage, limit=10) == 0
        assert [await seen(storage, one) for one in kept] == kept

    async def test_no_more_than_the_limit_are_forgotten_at_once(
        self, storage: Storage, person: Person
    ) -> None:
        over = [a_session(person, at=NOON - LASTS - n * MINUTE) for n in range(1, 6)]
        await keep_sessions(storage, *over, a_session(person))
        assert [await forget(storage, limit=2) for _ in range(4)] == [2, 2, 1, 0]


async def forget(storage: Storage, *, limit: int) -> int:
    """Forget what was over before noon."""
    async with storage.start() as unit:
        forgotten = await unit.sessions.forget(before=NOON, limit=limit)
        await unit.commit()
    return forgotten
