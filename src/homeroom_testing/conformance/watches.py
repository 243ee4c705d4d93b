"""The promises of the place for watches: known by a secret's digest, found when all is silent."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.house import Storage
from homeroom.kernel.ids import TaskId, new_id
from homeroom.kernel.queue import SCHEDULE
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import StaleWatch, WatchNotFound
from homeroom.scheduling.model.watches import Expectation, PingToken, Watch, WatchState
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    HOUR,
    MINUTE,
    SchedulingGround,
    a_kept_task,
    a_watch,
    keep_watch,
)
from homeroom_testing.conformance.scheduling_strategies import ROUND_TRIP, expectations
from homeroom_testing.conformance.storage import told_by
from homeroom_testing.conformance.wakeups import QUIET, hints, silence
from homeroom_testing.strategies import instants


class WatchesConformance(SchedulingGround):
    """What `Watches` promises."""

    async def test_an_unknown_watch_is_not_found(self, storage: Storage) -> None:
        async with storage.start() as unit:
            with pytest.raises(WatchNotFound):
                await unit.watches.get(TaskId(new_id()))
            with pytest.raises(WatchNotFound):
                await unit.watches.known_by(PingToken.fresh().digest)

    async def test_a_watch_is_found_by_its_task_and_by_its_token(
        self, storage: Storage, house: Institution
    ) -> None:
        token = PingToken.fresh()
        watch = a_watch(await a_kept_task(storage, house), token)
        await keep_watch(storage, watch)
        await _a_kept_watch(storage, house)
        async with storage.start() as unit:
            assert await unit.watches.get(watch.task_id) == watch
            assert await unit.watches.known_by(token.digest) == watch

    async def test_a_new_watch_takes_the_place_of_the_old_one(
        self, storage: Storage, house: Institution
    ) -> None:
        task = await a_kept_task(storage, house)
        old = await keep_watch(storage, a_watch(task))
        new = await keep_watch(storage, a_watch(task))
        async with storage.start() as unit:
            assert await unit.watches.get(task.id) == new
            with pytest.raises(WatchNotFound):
                await unit.watches.known_by(old.digest)
            with pytest.raises(StaleWatch):
                await unit.watches.save(old)

    async def test_the_second_of_two_saves_of_one_version_is_stale(
        self, storage: Storage, house: Institution
    ) -> None:
        watch = await _a_kept_watch(storage, house)
        mine = await _look_at(storage, watch)
        async with storage.start() as unit:
            theirs = await unit.watches.get(watch.task_id)
            theirs.last_ping_at = NOON
            await unit.watches.save(theirs)
            await unit.commit()
        async with storage.start() as unit:
            with pytest.raises(StaleWatch):
                await unit.watches.save(mine)
        assert (await _look_at(storage, watch)).last_ping_at == NOON

    async def test_many_are_kept_and_removed_at_once_with_what_they_tell(
        self, storage: Storage, house: Institution
    ) -> None:
        old = [await _a_kept_watch(storage, house) for _ in range(20)]
        new = [a_watch(await a_kept_task(storage, house)) for _ in range(2)]
        async with storage.start() as unit:
            held = [await unit.watches.get(watch.task_id) for watch in old]
            for watch in held:
                _fall_silent(watch)
            await unit.watches.save(*held, *new)
            await unit.watches.save()
            await unit.watches.remove(*(watch.task_id for watch in held[:5]))
            await unit.watches.remove()
            await unit.commit()
        assert len(await told_by(storage)) == 20
        kept = [*held[5:], *new]
        assert [await _look_at(storage, watch) for watch in kept] == kept
        async with storage.start() as unit:
            with pytest.raises(WatchNotFound):
                await unit.watches.get(held[0].task_id)
            with pytest.raises(StaleWatch):
                await unit.watches.save(kept[0], old[6])

    async def test_a_removed_watch_is_gone_and_does_not_come_back(
        self, storage: Storage, house: Institution
    ) -> None:
        watch = await _a_kept_watch(storage, house, deadline=NOON)
        async with storage.start() as unit:
            await unit.watches.remove(watch.task_id)
            await unit.watches.remove(watch.task_id)
            await unit.commit()
        async with storage.start() as unit:
            assert list(await unit.watches.silent(at=NOON, limit=5)) == []
            with pytest.raises(WatchNotFound):
                await unit.watches.get(watch.task_id)
            with pytest.raises(StaleWatch):
                await unit.watches.save(watch)

    async def test_leaving_without_commit_discards_everything(
        self, storage: Storage, house: Institution
    ) -> None:
        self.require("transactional")
        watch = await _a_kept_watch(storage, house)
        async with storage.start() as unit:
            held = await unit.watches.get(watch.task_id)
            _fall_silent(held)
            await unit.watches.save(held)
            await unit.watches.remove(watch.task_id)
        assert await _look_at(storage, watch) == watch
        assert await told_by(storage) == []

    async def test_what_a_watch_tells_is_told_with_it(
        self, storage: Storage, house: Institution
    ) -> None:
        watch = await _a_kept_watch(storage, house)
        async with storage.start() as unit:
            held = await unit.watches.get(watch.task_id)
            _fall_silent(held)
            await unit.watches.save(held)
            await unit.commit()
        assert len(await told_by(storage)) == 1
        assert (await _look_at(storage, watch)).release_events() == ()

    async def test_what_is_read_is_a_copy(self, storage: Storage, house: Institution) -> None:
        watch = await _a_kept_watch(storage, house)
        watch.state = WatchState.UP
        async with storage.start() as unit:
            (await unit.watches.get(watch.task_id)).state = WatchState.DOWN
            assert (await unit.watches.known_by(watch.digest)).state is WatchState.NEW
            await unit.commit()
        assert (await _look_at(storage, watch)).state is WatchState.NEW

    @pytest.mark.parametrize("by_token", [True, False])
    async def test_whoever_gets_a_watch_holds_it_until_the_unit_ends(
        self, storage: Storage, house: Institution, by_token: bool
    ) -> None:
        watch = await _a_kept_watch(storage, house, last_ping_at=NOON)

        async def ping() -> None:
            async with storage.start() as unit:
                held = await (
                    unit.watches.known_by(watch.digest)
                    if by_token
                    else unit.watches.get(watch.task_id)
                )
                await asyncio.sleep(0)
                assert held.last_ping_at is not None
                held.last_ping_at += MINUTE
                await unit.watches.save(held)
                await unit.commit()

        await asyncio.gather(*(ping() for _ in range(5)))
        assert (await _look_at(storage, watch)).last_ping_at == NOON + 5 * MINUTE

    async def test_the_longest_silent_come_first_and_no_more_than_the_limit(
        self, storage: Storage, house: Institution
    ) -> None:
        every = [
            await _a_kept_watch(storage, house, deadline=NOON - number * MINUTE)
            for number in range(5)
        ]
        await _a_kept_watch(storage, house, deadline=NOON + timedelta(microseconds=1))
        await _a_kept_watch(storage, house)
        async with storage.start() as unit:
            assert list(await unit.watches.silent(at=NOON, limit=3)) == every[:1:-1]
            assert len(await unit.watches.silent(at=NOON, limit=9)) == 5

    async def test_no_silence_is_noticed_by_two(self, storage: Storage, house: Institution) -> None:
        every = [await _a_kept_watch(storage, house, deadline=NOON) for _ in range(12)]

        async def work() -> list[TaskId]:
            noticed: list[TaskId] = []
            while found := await _notice(storage, limit=2):
                noticed += found
            return noticed

        noticed = [one for part in await asyncio.gather(work(), work(), work()) for one in part]
        assert sorted(noticed) == sorted(watch.task_id for watch in every)

    async def test_watches_that_another_unit_holds_are_left_to_it(
        self, storage: Storage, house: Institution
    ) -> None:
        self.require("side_by_side")
        every = [
            await _a_kept_watch(storage, house, deadline=NOON + number * MINUTE)
            for number in range(4)
        ]
        late = NOON + HOUR
        async with storage.start() as first, storage.start() as second:
            assert list(await first.watches.silent(at=late, limit=2)) == every[:2]
            async with asyncio.timeout(2):
                assert list(await second.watches.silent(at=late, limit=4)) == every[2:]

    async def test_a_deadline_that_comes_sooner_wakes_schedulers_after_the_commit(
        self, storage: Storage, house: Institution
    ) -> None:
        watch = await _a_kept_watch(storage, house, deadline=NOON + HOUR)
        await silence(storage)
        async with storage.start() as unit:
            held = await unit.watches.get(watch.task_id)
            held.deadline = NOON
            await unit.watches.save(held)
            assert await storage.wakeups.wait(QUIET) == frozenset()
            await unit.commit()
        assert await hints(storage) & {SCHEDULE, ""}

    @ROUND_TRIP
    @given(
        expectation=expectations,
        state=st.sampled_from(WatchState),
        last_ping_at=st.none() | instants,
        deadline=st.none() | instants,
    )
    async def test_a_watch_comes_back_as_it_went(
        self,
        storage: Storage,
        house: Institution,
        expectation: Expectation,
        state: WatchState,
        last_ping_at: datetime | None,
        deadline: datetime | None,
    ) -> None:
        first = await _a_kept_watch(storage, house, expectation=expectation, deadline=deadline)
        assert await _look_at(storage, first) == first
        second = await _a_kept_watch(storage, house)
        async with storage.start() as unit:
            held = await unit.watches.get(second.task_id)
            held.expectation, held.state = expectation, state
            held.last_ping_at, held.deadline = last_ping_at, deadline
            held.digest = PingToken.fresh().digest
            await unit.watches.save(held)
            await unit.commit()
        assert await _look_at(storage, second) == held


async def _a_kept_watch(storage: Storage, house: Institution, **changed: Any) -> Watch:
    task = await a_kept_task(storage, house)
    return await keep_watch(storage, a_watch(task, **changed))


async def _look_at(storage: Storage, watch: Watch) -> Watch:
    async with storage.start() as unit:
        return await unit.watches.get(watch.task_id)


def _fall_silent(watch: Watch) -> None:
    """Let *watch* have something to tell."""
    watch.deadline = NOON
    assert watch.fall_silent(at=NOON)


async def _notice(storage: Storage, *, limit: int) -> list[TaskId]:
    async with storage.start() as unit:
        silent = await unit.watches.silent(at=NOON, limit=limit)
        for watch in silent:
            watch.fall_silent(at=NOON)
            await unit.watches.save(watch)
        await unit.commit()
    return [watch.task_id for watch in silent]
