"""The promises of the place for receiving ends: every process sees and counts the same."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from homeroom.house import Storage
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.model.channels import Channel, Line
from homeroom.scheduling.model.deliveries import Allowance
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.scheduling_ground import (
    HOUR,
    SchedulingGround,
    a_kept_task,
    a_run,
    add_runs,
)
from homeroom_testing.conformance.scheduling_strategies import ROUND_TRIP
from homeroom_testing.strategies import instants, texts

END = "f00d"
_moments = st.none() | instants

ends = st.builds(
    Channel,
    fingerprint=texts.map(lambda text: f"end {text}"),
    gone=texts,
    denials=st.lists(instants, max_size=12).map(tuple),
    open_until=_moments,
    blocked_until=_moments,
    counts=st.booleans(),
    heard=st.booleans(),
    allowance=st.none()
    | st.builds(
        Allowance,
        limit=st.integers(0, 10**6),
        remaining=st.integers(0, 10**6),
        reset_after=st.floats(0, 1e6),
    ),
    resets_at=_moments,
    line=st.none() | st.builds(Line, opens_at=instants, taken=st.integers(0, 10**6)),
)


class ChannelsConformance(SchedulingGround):
    """What `Channels` promises."""

    async def test_an_unknown_end_is_a_new_one(self, storage: Storage) -> None:
        assert await _look_at(storage) == Channel(fingerprint=END)

    async def test_what_is_known_of_an_end_is_kept(self, storage: Storage) -> None:
        await _block(storage)
        assert (await _look_at(storage)).blocked_until == NOON + HOUR
        assert await _look_at(storage, "beef") == Channel(fingerprint="beef")

    async def test_an_end_may_be_saved_that_was_never_read(self, storage: Storage) -> None:
        for gone in ("webhook_gone", "not_found"):
            async with storage.start() as unit:
                await unit.channels.save(Channel(fingerprint=END, gone=gone))
                await unit.commit()
            assert (await _look_at(storage)).gone == gone

    async def test_leaving_without_commit_teaches_nothing(self, storage: Storage) -> None:
        self.require("transactional")
        async with storage.start() as unit:
            channel = await unit.channels.get(END)
            channel.gone = "webhook_gone"
            await unit.channels.save(channel)
        assert await _look_at(storage) == Channel(fingerprint=END)

    async def test_a_mere_look_leaves_nothing_known(
        self, storage: Storage, house: Institution
    ) -> None:
        run = a_run(await a_kept_task(storage, house))
        await add_runs(storage, run)
        async with storage.start() as unit:
            await unit.channels.get(END)
            await unit.commit()
        delivery = (await storage.runs.deliveries(run.id)).get(run.id)
        assert delivery is not None
        assert delivery.channel is None

    async def test_what_is_read_is_a_copy(self, storage: Storage) -> None:
        await _block(storage)
        async with storage.start() as unit:
            (await unit.channels.get(END)).gone = "changed by a reader"
            assert (await unit.channels.get(END)).gone == ""
            await unit.commit()
        assert (await _look_at(storage)).gone == ""

    async def test_whoever_gets_an_end_holds_it_even_one_that_nobody_knew(
        self, storage: Storage
    ) -> None:
        async def be_denied() -> None:
            async with storage.start() as unit:
                channel = await unit.channels.get(END)
                await asyncio.sleep(0)
                channel.denials = (*channel.denials, NOON)
                await unit.channels.save(channel)
                await unit.commit()

        await asyncio.gather(*(be_denied() for _ in range(6)))
        assert len((await _look_at(storage)).denials) == 6

    async def test_who_looks_waits_for_nobody_and_sees_what_is_committed(
        self, storage: Storage
    ) -> None:
        self.require("transactional")
        self.require("side_by_side")
        await _block(storage)
        async with storage.start() as holder:
            held = await holder.channels.get(END)
            held.gone = "webhook_gone"
            await holder.channels.save(held)
            assert (await holder.channels.look(END)).gone == "webhook_gone"
            async with asyncio.timeout(5), storage.start() as unit:
                seen = await unit.channels.look(END)
                assert (seen.gone, seen.blocked_until) == ("", NOON + HOUR)
                assert await unit.channels.look("beef") == Channel(fingerprint="beef")
            await holder.commit()
        assert (await _look_at(storage)).gone == "webhook_gone"

    @ROUND_TRIP
    @given(channel=ends)
    async def test_an_end_comes_back_as_it_went(self, storage: Storage, channel: Channel) -> None:
        async with storage.start() as unit:
            await unit.channels.save(channel)
            await unit.commit()
        assert await _look_at(storage, channel.fingerprint) == channel


async def _look_at(storage: Storage, fingerprint: str = END) -> Channel:
    async with storage.start() as unit:
        return await unit.channels.get(fingerprint)


async def _block(storage: Storage) -> None:
    async with storage.start() as unit:
        channel = await unit.channels.get(END)
        channel.block(NOON + HOUR)
        await unit.channels.save(channel)
        await unit.commit()
