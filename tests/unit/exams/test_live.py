"""What is told of a sitting as it goes on, and who sees that it changed."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import AsyncExitStack
from datetime import timedelta

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeroom.exams.model.live import EVERY, Expired, News, ResultReady, Saved, Story, TimeRemaining
from homeroom.exams.model.sittings import Sitting
from homeroom.exams.model.wishes import Given
from homeroom.exams.use_cases.lookout import OLDEST, Lookout
from homeroom.house import Storage, StorageSettings
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import SittingId, new_id
from homeroom_adapters.codec.json import JsonCodec
from homeroom_adapters.memory.storage import open_storage
from homeroom_adapters.memory.wakeups import Hints
from homeroom_testing.clock import NOON, SteppingClock
from homeroom_testing.conformance.people_ground import a_kept_person
from homeroom_testing.conformance.sittings_ground import (
    RIGHT,
    WRONG,
    Bank,
    a_bank,
    a_sitting,
    add,
    answer,
    end,
    save,
)
from homeroom_testing.conformance.storage import settle_in


@attrs.frozen
class Room:
    storage: Storage
    bank: Bank
    sitting: Sitting
    other: Sitting


async def furnish(storage: Storage) -> Room:
    house = await settle_in(storage)
    bank, ana = await a_bank(storage, house), await a_kept_person(storage, house)
    ben = await a_kept_person(storage, house, "ben")
    room = Room(storage, bank, a_sitting(bank, ana), a_sitting(bank, ben))
    await add(storage, room.sitting, room.other)
    return room


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with open_storage(StorageSettings(), ambient) as storage:
        yield await furnish(storage)


async def _alone() -> Room:
    ambient = Ambient(SteppingClock(), JsonCodec())
    async with open_storage(StorageSettings(), ambient) as storage:
        return await furnish(storage)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["answer", "flag", "extend", "look", "look", "wait"]),
        st.integers(0, 3),
        st.sampled_from([RIGHT, WRONG, ()]),
    ),
    max_size=30,
)


class TestAStory:
    @given(steps=STEPS, seconds=st.integers(0, 30))
    def test_tells_all_that_changed_since_it_began_whenever_one_looks(
        self, steps: list[tuple[str, int, tuple[str, ...]]], seconds: int
    ) -> None:
        room = asyncio.run(_alone())
        sitting, story, now = room.sitting, Story(), NOON
        told: list[News] = [*story.goes_on(sitting, at=now)]
        assert told == [TimeRemaining(at=now, ends_at=sitting.ends_at)]
        for kind, which, said in steps:
            now += timedelta(seconds=seconds if kind == "wait" else 1)
            question = room.bank.questions[which]
            if kind == "answer":
                sitting.answer(question.id, Given(answer=said), question.content, at=now)
            elif kind == "flag":
                sitting.flag(question.id, flagged=bool(which % 2), at=now)
            elif kind == "extend":
                sitting.extend(which * 10, at=now)
            elif kind == "look":
                told += story.goes_on(sitting, at=now)
        told += story.goes_on(sitting, at=now)
        saved = {one.question_id: one.at for one in told if isinstance(one, Saved)}
        assert saved == {one: reply.at for one, reply in sitting.replies.items()}
        times = [one for one in told if isinstance(one, TimeRemaining)]
        assert times[-1].ends_at == sitting.ends_at
        assert now - times[-1].at < EVERY
        assert story.due_in(at=now) <= EVERY.total_seconds()
        end(sitting, room.bank, at=now)
        assert story.goes_on(sitting, at=now) == [ResultReady()]
        assert story.goes_on(sitting, at=now) == ()

    def test_of_time_that_ran_out_says_so_before_the_result(self) -> None:
        room = asyncio.run(_alone())
        story, late = Story(), room.sitting.ends_at + timedelta(seconds=1)
        story.goes_on(room.sitting, at=NOON)
        assert story.due_in(at=late - timedelta(seconds=3)) < 2
        end(room.sitting, room.bank, at=late)
        news = story.goes_on(room.sitting, at=late)
        assert news == [Expired(at=room.sitting.ends_at), ResultReady()]

    def test_is_told_anew_where_our_clock_was_set_back(self) -> None:
        room = asyncio.run(_alone())
        story, earlier = Story(), NOON - timedelta(hours=1)
        story.goes_on(room.sitting, at=NOON)
        (told,) = story.goes_on(room.sitting, at=earlier)
        assert told == TimeRemaining(at=earlier, ends_at=room.sitting.ends_at)


@attrs.define
class Counted:
    """The reads of sittings, counted; the first *failing* of them fail."""

    storage: Storage
    failing: int = 0
    failure: Exception = attrs.field(factory=lambda: Unavailable("The database is away."))
    asked: list[frozenset[SittingId]] = attrs.field(factory=list)

    async def versions(self, wanted: Collection[SittingId]) -> Mapping[SittingId, int]:
        self.asked.append(frozenset(wanted))
        if len(self.asked) <= self.failing:
            raise self.failure
        return await self.storage.sittings.versions(wanted)


def a_lookout(queries: Counted, *, told: bool = True, oldest: float = 5.0) -> Lookout:
    news = queries.storage.sitting_news if told else Hints()
    return Lookout(queries=queries, news=news, oldest=oldest)  # type: ignore[arg-type]


async def settled(lookout: Lookout, *bells: object) -> None:
    """Wait until the look that a beginning causes is over."""
    for bell in bells:
        await bell.wait(0.5)  # type: ignore[attr-defined]


@pytest.mark.anyio
class TestALookout:
    async def test_rings_for_what_changed_and_for_nothing_else(self, room: Room) -> None:
        lookout = a_lookout(Counted(room.storage))
        async with (
            lookout.over(room.sitting.id) as phone,
            lookout.over(room.sitting.id) as desk,
            lookout.over(room.other.id) as other,
        ):
            await settled(lookout, phone, desk, other)
            answer(room.sitting, room.bank, RIGHT)
            await save(room.storage, room.sitting)
            assert await phone.wait(5)
            assert await desk.wait(5)
            assert not await other.wait(0.3)

    async def test_asks_one_question_however_many_watch_and_answer(self, room: Room) -> None:
        queries = Counted(room.storage)
        lookout = a_lookout(queries)
        async with lookout.over(room.sitting.id) as bell, lookout.over(room.other.id):
            await settled(lookout, bell)
            before = len(queries.asked)
            for _ in range(40):
                answer(room.sitting, room.bank, RIGHT)
                await save(room.storage, room.sitting)
            await asyncio.sleep(0.35)
            assert 1 <= len(queries.asked) - before <= 5
            assert queries.asked[-1] == {room.sitting.id, room.other.id}

    async def test_sees_it_also_where_nobody_tells(self, room: Room) -> None:
        assert OLDEST == 5.0
        lookout = a_lookout(Counted(room.storage), told=False, oldest=0.2)
        async with lookout.over(room.sitting.id) as bell:
            await settled(lookout, bell)
            answer(room.sitting, room.bank, RIGHT)
            await save(room.storage, room.sitting)
            assert await bell.wait(3)

    async def test_goes_on_after_a_storage_that_was_away(self, room: Room) -> None:
        lookout = a_lookout(Counted(room.storage, failing=2), told=False, oldest=0.1)
        async with lookout.over(room.sitting.id) as bell:
            assert await bell.wait(5)

    async def test_goes_on_after_what_nobody_foresaw(self, room: Room) -> None:
        queries = Counted(room.storage, failing=1, failure=RuntimeError("a bug"))
        lookout = a_lookout(queries, told=False, oldest=0.1)
        async with lookout.over(room.sitting.id) as bell:
            assert await bell.wait(5)
        assert len(queries.asked) >= 2

    async def test_asks_for_a_thousand_at_a_time(self, room: Room) -> None:
        queries = Counted(room.storage)
        lookout = a_lookout(queries, told=False, oldest=0.05)
        async with AsyncExitStack() as watching:
            for _ in range(2_001):
                await watching.enter_async_context(lookout.over(SittingId(new_id())))
            bell = await watching.enter_async_context(lookout.over(room.sitting.id))
            assert await bell.wait(5)
        assert [len(one) for one in queries.asked[:3]] == [1000, 1000, 2]

    async def test_rests_while_nobody_watches_and_looks_again_after(self, room: Room) -> None:
        queries = Counted(room.storage)
        lookout = a_lookout(queries, told=False, oldest=0.05)
        async with lookout.over(room.sitting.id) as bell:
            assert await bell.wait(5)
        before = len(queries.asked)
        await asyncio.sleep(0.4)
        assert len(queries.asked) == before
        async with lookout.over(room.sitting.id) as bell:
            assert await bell.wait(5)
