"""Jobs that cross the border: asked for here and done in Node, or the other way round."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from homeroom.kernel.jobs import JobState
from homeroom_adapters.bullmq.carrier import prefix_of
from homeroom_entrypoints.worker.settings import Part
from homeroom_testing.private_services import PrivateServer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.service("node", "redis-programs"),
    pytest.mark.adapter("bullmq carrier"),
]

OFFERING: dict[str, Any] = {"parts": frozenset({Part.CHORES}), "queues": frozenset({"abroad"})}
"""A worker that offers the jobs of a queue and leaves them to others."""


@pytest.fixture
async def peer(open_peer: Any, server: PrivateServer) -> AsyncIterator[Any]:
    async with open_peer(server.url, prefix_of("test")) as peer:
        yield peer


@pytest.fixture
async def choir(open_choir: Any, server: PrivateServer) -> AsyncIterator[Any]:
    async with open_choir(server.url) as choir:
        yield choir


AT_HOME: dict[str, Any] = {"queues": frozenset({"default", "elsewhere"})}


class TestAJobDoneInNode:
    async def test_is_on_record_as_done(self, choir: Any, peer: Any) -> None:
        await peer("work", queue="abroad")
        async with choir.working(**AT_HOME), choir.working(**OFFERING):
            ids = await choir.ask("Ana", "Bea", "Cy", queue="abroad")
            jobs = await choir.all_become(ids, JobState.SUCCEEDED)
        assert [job.attempts for job in jobs] == [1, 1, 1]
        assert [given["id"] for given in await peer("seen")] == [str(job_id) for job_id in ids]
        assert choir.sung == []
        assert set((await peer("look", queue="abroad", states=[]))["counts"].values()) == {0}

    async def test_that_fails_is_tried_again_and_then_dead(self, choir: Any, peer: Any) -> None:
        await peer("work", queue="abroad")
        async with choir.working(**AT_HOME), choir.working(**OFFERING):
            ids = await choir.ask("Ana", queue="abroad", does="fail")
            (job,) = await choir.all_become(ids, JobState.DEAD)
        assert (job.attempts, job.last_error.partition(":")[0]) == (2, "failed_elsewhere")
        first, second = [given["opts"]["homeroom"] for given in await peer("seen")]
        assert first["job"] == second["job"] == str(ids[0])
        assert first["token"] < second["token"]

    async def test_is_done_by_one_of_all_who_share_its_queue(
        self, choir: Any, peer: Any, eventually: Any
    ) -> None:
        await peer("work", queue="default", concurrency=2, takes=20)
        choir.takes = 0.02
        ids = await choir.ask(*map(str, range(40)))
        async with choir.working(concurrency=2, most_ahead=0):
            await choir.all_become(ids, JobState.SUCCEEDED)
        ours = {str(n) for n in range(40)} & set(choir.sung)
        songs = [given for given in await peer("seen") if given["name"] == "interop.song.v1"]
        theirs = [given["data"]["title"] for given in songs]
        assert sorted([*choir.sung, *theirs], key=int) == [str(n) for n in range(40)]
        assert ours
        assert theirs

    async def test_is_found_among_any_number_that_were_node_s_own(
        self, choir: Any, peer: Any
    ) -> None:
        kept = {"removeOnComplete": False}
        theirs = [{"name": "a", "data": {}, "opts": kept} for _ in range(1200)]
        await peer("add", queue="abroad", jobs=theirs)
        await peer("work", queue="abroad", concurrency=100)
        async with choir.working(**AT_HOME), choir.working(**OFFERING):
            ids = await choir.ask("Ana", "Bea", queue="abroad")
            await choir.all_become(ids, JobState.SUCCEEDED)
        left = await peer("look", queue="abroad", states=[])
        assert left["counts"]["completed"] == 1200


class TestAJobFromNode:
    async def test_is_run_here_and_its_producer_hears_of_the_end(
        self, choir: Any, peer: Any
    ) -> None:
        songs = [{"name": "interop.song.v1", "data": {"title": str(n)}} for n in range(5)]
        added = await peer("add", queue="default", jobs=songs)
        async with choir.working():
            for bull_id in added:
                assert await peer("finished", queue="default", id=bull_id) in {"finished", "gone"}
            adopted = await choir.adopted()
            await choir.all_become([job.id for job in adopted], JobState.SUCCEEDED)
        assert sorted(choir.sung) == ["0", "1", "2", "3", "4"]
        assert len(adopted) == 5

    async def test_that_makes_no_sense_is_a_dead_letter_and_the_next_one_is_run(
        self, choir: Any, peer: Any, eventually: Any
    ) -> None:
        senseless = [{"name": "interop.song.v1", "data": data} for data in ("noise", {"tune": 1})]
        good = {"name": "interop.song.v1", "data": {"title": "Ana"}}
        await peer("add", queue="default", jobs=[*senseless, good])

        async def three_ended() -> Any:
            jobs = await choir.adopted()
            return len(jobs) == 3 and all(job.finished_at for job in jobs) and jobs

        async with choir.working():
            jobs = await eventually(three_ended)
        assert sorted(job.state.value for job in jobs) == ["dead", "dead", "succeeded"]
        assert choir.sung == ["Ana"]
