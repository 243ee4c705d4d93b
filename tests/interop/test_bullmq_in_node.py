"""BullMQ in Node sees our queues as its own: it does our jobs, shows them, and sends us its own."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from homeroom.kernel.carrier import Carrier, CarrierSettings, Ready
from homeroom.kernel.clock import SystemClock
from homeroom.kernel.codec import Ambient
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import Backoff, Job
from homeroom_adapters.bullmq.carrier import open_carrier
from homeroom_adapters.codec.json import JsonCodec

pytestmark = [pytest.mark.anyio, pytest.mark.service("node"), pytest.mark.adapter("bullmq carrier")]


@pytest.fixture
async def carrier(redis_url: str, environment: str) -> AsyncIterator[Carrier]:
    settings = CarrierSettings(url=redis_url, environment=environment)
    async with open_carrier(settings, Ambient(SystemClock(), JsonCodec())) as carrier:
        yield carrier


def ready(payload: str = '{"title": "Ana"}', **named: Any) -> Ready:
    given = {"token": 0, "priority": 0, "trace_id": "5f0c", **named}
    return Ready(
        id=JobId(new_id()), name="interop.song.v1", payload=payload, queue="songs", **given
    )


async def stranger_at(carrier: Carrier) -> Job:
    (parcel,) = await carrier.receive("songs", limit=1, at_most=5)
    assert parcel.stranger is not None
    return parcel.stranger


class TestANodeWorker:
    async def test_is_given_our_name_payload_id_and_trace(
        self, carrier: Carrier, peer: Any, eventually: Any
    ) -> None:
        job = ready()
        await carrier.offer([job])
        await peer("work", queue="songs")
        (given,) = await eventually(lambda: peer("seen"))
        assert (given["id"], given["name"]) == (str(job.id), "interop.song.v1")
        assert given["data"] == {"title": "Ana"}
        assert given["opts"]["homeroom"] == {"job": str(job.id), "token": 0, "trace": "5f0c"}

    async def test_is_given_the_urgent_ones_first_and_equals_in_order(
        self, carrier: Carrier, peer: Any, eventually: Any
    ) -> None:
        jobs = [ready(priority=priority) for priority in (0, 0, 100, -100, 5)]
        await carrier.offer(jobs)
        await peer("work", queue="songs")

        async def all_five() -> Any:
            return len(given := await peer("seen")) == 5 and given

        given = [one["id"] for one in await eventually(all_five)]
        assert given == [str(jobs[n].id) for n in (2, 4, 0, 1, 3)]

    @pytest.mark.parametrize(
        "payload", ["", "plain words", "[NaN]", '{"a": "\\N"}', '{"é": [1, null, "🎓"]}', "12"]
    )
    async def test_reads_any_payload_as_json_or_as_text(
        self, carrier: Carrier, peer: Any, eventually: Any, payload: str
    ) -> None:
        await carrier.offer([ready(payload)])
        await peer("work", queue="songs")
        (given,) = await eventually(lambda: peer("seen"))
        try:
            assert given["data"] == json.loads(payload, parse_constant=int)
        except ValueError:
            assert given["data"] == payload

    async def test_does_not_take_what_we_hold_and_takes_what_we_give_back(
        self, carrier: Carrier, peer: Any, eventually: Any
    ) -> None:
        await carrier.offer([ready(), ready()])
        held = await carrier.receive("songs", limit=2, at_most=5)
        await peer("work", queue="songs", options={"stalledInterval": 1000})
        await asyncio.sleep(8)  # longer than an unrenewed lock lives
        assert await peer("seen") == []
        await carrier.give_back(held[:1])
        (given,) = await eventually(lambda: peer("seen"))
        assert given["id"] == str(held[0].job_id)


class TestADashboard:
    async def test_shows_what_waits_and_what_is_being_done(
        self, carrier: Carrier, peer: Any
    ) -> None:
        await carrier.offer([ready(priority=1), ready()])
        (held,) = await carrier.receive("songs", limit=1, at_most=5)
        seen = await peer("look", queue="songs", states=["active"])
        assert (seen["counts"]["active"], seen["counts"]["prioritized"]) == (1, 1)
        assert [job["id"] for job in seen["jobs"]] == [str(held.job_id)]

    async def test_finds_nothing_left_of_a_finished_job(self, carrier: Carrier, peer: Any) -> None:
        await carrier.offer([ready()])
        await carrier.finish(await carrier.receive("songs", limit=1, at_most=5))
        assert set((await peer("look", queue="songs", states=[]))["counts"].values()) == {0}

    async def test_may_pause_a_queue_and_resume_it(self, carrier: Carrier, peer: Any) -> None:
        await peer("pause", queue="songs", paused=True)
        await carrier.offer([ready()])
        assert list(await carrier.receive("songs", limit=1, at_most=0.3)) == []
        waiting = asyncio.create_task(carrier.receive("songs", limit=1, at_most=5))
        await peer("pause", queue="songs", paused=False)
        assert len(await waiting) == 1


class TestANodeProducer:
    async def test_says_when_how_urgently_and_how_often(self, carrier: Carrier, peer: Any) -> None:
        job = {"name": "interop.song.v1", "data": {"title": "Ana"}}
        backoff = {"type": "fixed", "delay": 1500}
        urgent = {**job, "opts": {"priority": 2, "attempts": 7, "backoff": backoff}}
        later = {**job, "opts": {"delay": 400}}
        await peer("add", queue="songs", jobs=[later, urgent])
        since = asyncio.get_running_loop().time()
        first, second = await stranger_at(carrier), await stranger_at(carrier)
        assert asyncio.get_running_loop().time() - since >= 0.3
        assert json.loads(first.payload) == {"title": "Ana"}
        assert (first.policy.priority, first.policy.max_attempts) == (99, 7)
        assert first.policy.backoff == Backoff(base=1.5, cap=1.5, jitter=0.0)
        assert (second.policy.priority, second.policy.max_attempts) == (0, 5)

    async def test_may_use_an_id_like_ours_and_stays_a_stranger(
        self, carrier: Carrier, peer: Any
    ) -> None:
        opts = {"jobId": str(new_id()), "homeroom": {"job": "nobody"}}
        await peer("add", queue="songs", jobs=[{"name": "a", "data": 1, "opts": opts}])
        assert (await stranger_at(carrier)).name == "a"

    async def test_that_starts_anew_after_a_flush_sends_new_jobs(
        self, carrier: Carrier, peer: Any, forget: Callable[[], None]
    ) -> None:
        known = set[JobId]()
        for _ in range(2):
            await peer("add", queue="songs", jobs=[{"name": "a", "data": {}}])
            known.add((await stranger_at(carrier)).id)
            forget()
        assert len(known) == 2
