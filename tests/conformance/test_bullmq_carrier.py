"""The carrier on BullMQ keeps every promise of the port, and its own about Redis."""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import attrs
import pytest
from bullmq import Queue
from redis import Redis

from homeroom.kernel.carrier import Carrier, CarrierSettings, Parcel
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import new_id
from homeroom.kernel.jobs import Backoff, Job, WorkPolicy
from homeroom_adapters.bullmq.carrier import open_carrier, prefix_of
from homeroom_adapters.bullmq.jobs import parcel_of
from homeroom_adapters.bullmq.keeper import LOCK, TICK
from homeroom_adapters.bullmq.library import Tag, plain
from homeroom_adapters.bullmq.wire import BadAddress
from homeroom_adapters.codec.json import JsonCodec
from homeroom_testing.clock import NOON
from homeroom_testing.conformance.carriers import CarrierConformance
from homeroom_testing.conformance.carriers_ground import (
    QUEUE,
    Empty,
    OpenHere,
    Smuggle,
    a_job,
    collect,
    ids,
    nothing_for,
)


@attrs.frozen
class OnRedis:
    """Opens carriers on a Redis, in environments nobody else uses."""

    url: str
    mark: str

    def __call__(self, environment: str = "test") -> AbstractAsyncContextManager[Carrier]:
        settings = CarrierSettings(url=self.url, environment=self.environment(environment))
        return open_carrier(settings, Ambient(SystemClock(), JsonCodec()))

    def environment(self, name: str = "test") -> str:
        return f"{self.mark}-{name}"

    def sweep(self) -> None:
        with Redis.from_url(self.url) as client:
            for key in client.scan_iter(f"{prefix_of(self.mark)}-*", count=1000):
                client.delete(key)


@pytest.fixture
def here(redis_url: str) -> Iterator[OnRedis]:
    here = OnRedis(redis_url, mark=f"test-{new_id()}")
    yield here
    here.sweep()


@pytest.mark.service("redis")
@pytest.mark.adapter("bullmq carrier")
class TestBullCarrier(CarrierConformance):
    @pytest.fixture
    def open_here(self, here: OnRedis) -> OpenHere:
        return here

    @pytest.fixture
    def empty(self, here: OnRedis) -> Empty:
        async def forget() -> None:
            here.sweep()

        return forget

    @pytest.fixture
    def smuggle(self, here: OnRedis) -> Smuggle:
        async def add(queue: str, name: str, data: str) -> None:
            async with producer(here, queue) as bull:
                await bull.add(name, json.loads(data), {})

        return add


@asynccontextmanager
async def producer(here: OnRedis, queue: str) -> AsyncIterator[Queue]:
    """BullMQ's own way to put a job into a queue."""
    options: Any = {"connection": here.url, "prefix": prefix_of(here.environment())}
    bull = Queue(plain(queue), options)
    try:
        yield bull
    finally:
        await bull.close()


NOBODY = "redis://somebody:hunter2@127.0.0.1:1/0"
JOB = a_job()
PARCEL = Parcel(tag=Tag(QUEUE, "1", "a token"), job_id=JOB.id)

ASKING: dict[str, Callable[[Carrier], Awaitable[object]]] = {
    "offer": lambda carrier: carrier.offer([JOB]),
    "receive": lambda carrier: carrier.receive(QUEUE, limit=1, at_most=0.1),
    "finish": lambda carrier: carrier.finish([PARCEL]),
    "give back": lambda carrier: carrier.give_back([PARCEL]),
    "ping": lambda carrier: carrier.ping(),
}


@pytest.mark.anyio
class TestWithoutRedis:
    @pytest.mark.parametrize("verb", ASKING)
    async def test_every_verb_says_that_it_is_away_and_keeps_the_password(self, verb: str) -> None:
        async with OnRedis(NOBODY, "nowhere")() as carrier:
            with pytest.raises(Unavailable) as refusal:
                await ASKING[verb](carrier)
        assert "The carrier's Redis cannot be reached" in refusal.value.message
        assert "hunter2" not in refusal.value.message

    async def test_an_address_of_something_else_is_refused_when_opened(self) -> None:
        with pytest.raises(BadAddress, match="redis://user:password@host") as refusal:
            async with OnRedis("postgresql://somebody:hunter2@127.0.0.1/x", "nowhere")():
                pass
        assert "hunter2" not in refusal.value.message


@pytest.mark.anyio
@pytest.mark.service("redis")
@pytest.mark.adapter("bullmq carrier")
class TestOnRedis:
    async def test_receivers_that_give_up_at_any_moment_take_nothing_with_them(
        self, here: OnRedis
    ) -> None:
        jobs = [a_job() for _ in range(40)]
        luck = random.Random(7)
        async with here() as fickle, here() as patient:
            await fickle.offer(jobs)
            got = list[Parcel]()
            for _ in range(60):
                look = asyncio.create_task(fickle.receive(QUEUE, limit=1, at_most=1))
                await asyncio.sleep(luck.random() * 0.003)
                look.cancel()
                for haul in await asyncio.gather(look, return_exceptions=True):
                    got += haul if isinstance(haul, list) else []
            missing = len(jobs) - len(got)
            got += await collect(patient, missing, at_most=TICK * 3)
        assert missing
        assert sorted(ids(got)) == sorted(job.id for job in jobs)

    async def test_what_a_killed_process_held_comes_to_another(self, here: OnRedis) -> None:
        job = a_job()
        async with here() as carrier:
            await carrier.offer([job])
            hold = HOLD.format(url=here.url, environment=here.environment(), queue=QUEUE)
            holder = await asyncio.create_subprocess_exec(
                sys.executable, "-c", hold, stdout=asyncio.subprocess.PIPE
            )
            assert holder.stdout is not None
            assert await holder.stdout.readline() == f"{job.id}\n".encode()
            await nothing_for(carrier)
            holder.kill()
            await holder.communicate()
            assert ids(await collect(carrier, 1, at_most=LOCK * 4)) == [job.id]

    async def test_what_is_held_when_a_carrier_closes_is_for_the_others(
        self, here: OnRedis
    ) -> None:
        job = a_job()
        async with here() as other:
            async with here() as carrier:
                await carrier.offer([job])
                await collect(carrier, 1)
            assert ids(await collect(other, 1, at_most=1)) == [job.id]

    async def test_a_job_whose_data_somebody_deleted_does_not_hold_up_the_next(
        self, here: OnRedis
    ) -> None:
        gone, there = a_job(), a_job()
        key = f"{prefix_of(here.environment())}:{QUEUE}:"
        async with here() as carrier:
            await carrier.offer([gone, there])
            with Redis.from_url(here.url) as client:
                client.delete(f"{key}{gone.id}")
                assert ids(await collect(carrier, 2, at_most=1)) == [there.id]
                assert client.llen(f"{key}active") == 1

    async def test_a_key_that_is_not_bullmq_s_is_told_plainly(self, here: OnRedis) -> None:
        with Redis.from_url(here.url) as client:
            client.set(f"{prefix_of(here.environment())}:{QUEUE}:wait", "mine")
        async with here() as carrier:
            with pytest.raises(Unavailable, match="refuses what we ask"):
                await carrier.receive(QUEUE, limit=1, at_most=0.1)


HOLD = """
import asyncio
from homeroom.kernel.carrier import CarrierSettings
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom_adapters.bullmq.carrier import open_carrier
from homeroom_adapters.codec.json import JsonCodec

async def hold():
    settings = CarrierSettings(url={url!r}, environment={environment!r})
    async with open_carrier(settings, Ambient(SystemClock(), JsonCodec())) as carrier:
        (parcel,) = await carrier.receive({queue!r}, limit=1, at_most=5)
        print(parcel.job_id, flush=True)
        await asyncio.sleep(60)

asyncio.run(hold())
"""


class TestAStranger:
    """What a producer wrote is taken as it is, or as nothing, and never stops a worker."""

    @pytest.mark.parametrize(
        "opts",
        [
            b"",
            b"noise",
            b"[]",
            b"[" * 100_000,
            b'{"homeroom": 1}',
            b'{"homeroom": {"job": "x", "token": 1}}',
            b'{"priority": "high", "attempts": null, "backoff": 1000}',
            b'{"priority": 1e300, "attempts": -4, "backoff": {"type": 1, "delay": -1}}',
        ],
    )
    def test_with_senseless_options_has_the_usual_ones(self, opts: bytes) -> None:
        assert stranger(opts=opts).policy == WorkPolicy(queue=QUEUE)

    @pytest.mark.parametrize(
        ("opts", "wanted"),
        [
            ({"priority": 1}, {"priority": 100}),
            ({"priority": 2097152}, {"priority": -100}),
            ({"attempts": 3.0}, {"max_attempts": 3}),
            ({"attempts": 5000}, {"max_attempts": 100}),
            (
                {"backoff": {"type": "exponential", "delay": 250}},
                {"backoff": Backoff(base=0.25, cap=3600.0)},
            ),
        ],
    )
    def test_has_the_options_that_mean_something_here(
        self, opts: dict[str, Any], wanted: dict[str, Any]
    ) -> None:
        expected = attrs.evolve(WorkPolicy(queue=QUEUE), **wanted)
        assert stranger(opts=json.dumps(opts).encode()).policy == expected

    @pytest.mark.parametrize("timestamp", [b"", b"soon", b"9" * 400, b"99999999999999", b"nan"])
    def test_born_at_no_possible_time_was_born_now(self, timestamp: bytes) -> None:
        assert stranger(timestamp=timestamp).created_at == NOON

    def test_is_due_when_it_was_born(self) -> None:
        born = NOON - timedelta(minutes=1)
        job = stranger(timestamp=str(int(born.timestamp() * 1000)).encode())
        assert (job.run_at, job.created_at) == (born, born)

    @pytest.mark.parametrize(
        ("name", "wanted"),
        [(b"", "nameless"), (b"n\x00\xff", "n\ufffd\ufffd"), (b"x" * 300, "x" * 200)],
    )
    def test_has_a_name_that_can_be_kept(self, name: bytes, wanted: str) -> None:
        assert stranger(name=name).name == wanted

    def test_has_a_payload_that_can_be_kept(self) -> None:
        assert stranger(data=b'{"a": "\x00\xff"}').payload == '{"a": "\ufffd\ufffd"}'

    def test_differs_by_whatever_its_producer_said(self) -> None:
        all_of_them = [
            stranger(),
            stranger(name=b"another"),
            stranger(data=b"1"),
            stranger(timestamp=b"1"),
            stranger("2"),
        ]
        assert len({job.id for job in all_of_them}) == len(all_of_them)
        assert stranger().id == stranger().id


def stranger(bull_id: str = "1", **fields: bytes) -> Job:
    whole = {"name": b"a", "data": b"{}", "timestamp": b"0", "opts": b"{}", **fields}
    parcel = parcel_of(
        Tag(QUEUE, bull_id, "a token"),
        {name.encode(): value for name, value in whole.items()},
        now=NOON,
    )
    assert parcel is not None
    assert parcel.stranger is not None
    return parcel.stranger
