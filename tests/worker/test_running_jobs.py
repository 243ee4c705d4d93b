"""What becomes of a job in a worker's hands."""

import asyncio
import time
from datetime import timedelta

import attrs
import pytest

from homeroom.kernel.errors import Invalid, Unavailable
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import Backoff, JobRequest, WorkPolicy
from homeroom.kernel.queue import Lease, release
from homeroom.kernel.tracing import current_trace, tracing
from homeroom_entrypoints.composition.settings import load_settings
from homeroom_entrypoints.worker.service import worker_settings

pytestmark = pytest.mark.anyio

PATIENT = WorkPolicy(backoff=Backoff(base=0.05, jitter=0.0), max_attempts=3)


class TestAnAttempt:
    async def test_that_ends_well_is_on_record(self, shop):
        job_id = await shop.ask("nothing")
        async with shop.working():
            assert (await shop.becomes(job_id, "succeeded")).attempts == 1

    async def test_runs_under_the_trace_of_whoever_asked(self, shop):
        traces = []

        async def look(_chore, run):
            traces.append((current_trace(), run.trace_id))

        shop.does["look"] = look
        with tracing("a-trace"):
            job_id = await shop.ask("look")
        async with shop.working():
            await shop.becomes(job_id, "succeeded")
        assert traces == [("a-trace", "a-trace")]

    async def test_that_fails_for_now_is_tried_again_after_its_backoff(self, shop):
        begun = []

        async def stumble(_chore, run):
            begun.append(time.monotonic())
            if run.attempt == 1:
                raise Unavailable

        shop.does["stumble"] = stumble
        job_id = await shop.ask("stumble", policy=PATIENT)
        async with shop.working():
            job = await shop.becomes(job_id, "succeeded")
        assert job.attempts == 2
        assert begun[1] - begun[0] >= 0.05

    async def test_that_fails_for_good_goes_to_the_dead_letters_at_once(self, shop):
        async def refuse(_chore, _run):
            raise Invalid("it cannot mean anything")

        shop.does["refuse"] = refuse
        job_id = await shop.ask("refuse", policy=PATIENT)
        async with shop.working():
            job = await shop.becomes(job_id, "dead")
        assert (job.attempts, job.last_error) == (1, "invalid: it cannot mean anything")

    async def test_that_fails_every_time_is_dead_after_its_last(self, shop):
        async def surprise(_chore, _run):
            raise KeyError("a pupil's name")

        shop.does["surprise"] = surprise
        job_id = await shop.ask("surprise", policy=PATIENT)
        async with shop.working():
            job = await shop.becomes(job_id, "dead")
        assert (job.attempts, job.last_error) == (3, "unexpected: KeyError")

    async def test_that_takes_too_long_is_stopped_and_tried_again(self, shop):
        async def dawdle(_chore, run):
            if run.attempt == 1:
                await asyncio.sleep(60)

        shop.does["dawdle"] = dawdle
        job_id = await shop.ask("dawdle", policy=attrs.evolve(PATIENT, timeout=0.05))
        async with shop.working():
            job = await shop.becomes(job_id, "succeeded")
        assert job.attempts == 2

    async def test_whose_handler_ends_well_when_told_to_stop_has_succeeded(self, shop):
        async def tidy(_chore, _run):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                return

        shop.does["tidy"] = tidy
        job_id = await shop.ask("tidy", policy=attrs.evolve(PATIENT, timeout=0.05))
        async with shop.working(concurrency=1):
            await shop.becomes(job_id, "succeeded")
            await shop.becomes(await shop.ask("nothing"), "succeeded")

    async def test_whose_handler_cancels_itself_is_a_failure_like_any_other(self, shop):
        async def give_up(_chore, _run):
            raise asyncio.CancelledError

        shop.does["give up"] = give_up
        job_id = await shop.ask("give up", policy=attrs.evolve(PATIENT, max_attempts=1))
        async with shop.working(concurrency=1):
            assert (await shop.becomes(job_id, "dead")).last_error == "unexpected: CancelledError"
            await shop.becomes(await shop.ask("nothing"), "succeeded")

    async def test_that_asks_the_process_to_exit_does_not_get_its_way(self, shop):
        async def leave(_chore, _run):
            raise SystemExit(3)

        shop.does["leave"] = leave
        job_id = await shop.ask("leave", policy=attrs.evolve(PATIENT, max_attempts=1))
        async with shop.working():
            assert (await shop.becomes(job_id, "dead")).last_error == "unexpected: SystemExit"

    async def test_says_how_far_it_has_come(self, shop):
        async def climb(_chore, run):
            for step in range(50):
                run.report(step / 100)
            await seen.wait()

        seen = asyncio.Event()
        shop.does["climb"] = climb
        job_id = await shop.ask("climb")
        async with shop.working():
            await shop.reports(job_id, 0.49)
            seen.set()


class TestPoison:
    async def test_work_nobody_knows_is_parked_with_the_reason(self, shop):
        job_id = await shop.enqueue(JobRequest(work=shop.unheard_of()))
        async with shop.working():
            job = await shop.becomes(job_id, "dead")
            await shop.becomes(await shop.ask("nothing"), "succeeded")
        assert job.attempts == 1
        assert "workshop.unheard_of.v1" in job.last_error

    @pytest.mark.parametrize("payload", ["", "{", '{"does": 1}', '{"does": "x", "extra": 1}'])
    async def test_a_payload_nobody_can_read_is_parked_with_the_reason(self, shop, payload):
        known = await shop.job(await shop.ask("nothing"))
        poison = attrs.evolve(known, id=JobId(new_id()), payload=payload)
        await shop.storage.carried.adopt([poison])
        async with shop.working():
            job = await shop.becomes(poison.id, "dead")
            await shop.becomes(known.id, "succeeded")
        assert job.last_error.startswith("undecodable: ")


class TestOrder:
    async def test_larger_priorities_come_first_then_older_jobs(self, shop):
        for n, priority in enumerate([0, 5, 0, 9, 5]):
            policy = WorkPolicy(priority=priority)
            await shop.ask("nothing", n, policy)
        async with shop.working(concurrency=1):
            await shop.until(lambda: len(shop.starts) == 5)
        assert shop.starts == [3, 1, 4, 0, 2]

    async def test_a_busy_queue_does_not_starve_another(self, shop):
        async def work(_chore, _run):
            await asyncio.sleep(0.002)

        shop.does["work"] = work
        for n in range(60):
            await shop.ask("work", n, WorkPolicy(queue="busy"))
        await shop.ask("work", 99, WorkPolicy(queue="other"))
        async with shop.working(queues=frozenset({"busy", "other"}), concurrency=2):
            await shop.until(lambda: len(shop.starts) == 61, 10)
        assert shop.starts.index(99) < 30


class TestApart:
    async def test_work_that_waits_for_others_has_slots_of_its_own(self, shop):
        """As deliveries have: neither do they hold up the rest, nor does the rest run as often."""
        under_way = {"waiting": 0, "busy": 0}
        most = dict(under_way)
        answer = asyncio.Event()

        def counted(queue, work):
            async def count(chore, run):
                under_way[queue] += 1
                most[queue] = max(most[queue], under_way[queue])
                await work()
                under_way[queue] -= 1

            return count

        shop.does["wait"] = counted("waiting", answer.wait)
        shop.does["count"] = counted("busy", lambda: asyncio.sleep(0.01))
        for n in range(6):
            await shop.ask("wait", n, WorkPolicy(queue="waiting"))
        jobs = [await shop.ask("count", n, WorkPolicy(queue="busy")) for n in range(10, 16)]
        queues = frozenset({"waiting", "busy"})
        async with shop.working(queues=queues, concurrency=2, apart={"waiting": 5}):
            for job in jobs:
                await shop.becomes(job, "succeeded")
            assert under_way == {"waiting": 5, "busy": 0}
            answer.set()
            await shop.until(lambda: len(shop.starts) == 12)
        assert most == {"waiting": 5, "busy": 2}

    async def test_an_operator_says_how_many_deliveries_are_under_way_at_once(self):
        said = {"HOMEROOM_SCHEDULING__DELIVERIES_AT_ONCE": "7", "HOMEROOM_JOBS__CONCURRENCY": "3"}
        known = frozenset({"deliveries", "alerts", "default"})
        stations = worker_settings(load_settings(said)).stations(known)
        assert {one.queues: one.concurrency for one in stations} == {
            frozenset({"deliveries"}): 7,
            frozenset({"alerts", "default"}): 3,
        }


class TestTime:
    async def test_a_delayed_job_runs_when_it_is_due_and_not_before(self, shop):
        late = []

        async def look(_chore, _run):
            late.append((shop.ambient.clock.now() - due).total_seconds())

        shop.does["look"] = look
        async with shop.working():
            await asyncio.sleep(0.1)
            due = shop.ambient.clock.now() + timedelta(seconds=0.3)
            job_id = await shop.ask("look", run_at=due)
            await shop.becomes(job_id, "succeeded")
        assert 0 <= late[0] < 0.1

    async def test_a_worker_wakes_for_a_new_job_without_polling(self, shop):
        async with shop.working():
            await asyncio.sleep(0.2)
            begun = time.monotonic()
            await shop.ask("nothing")
            await shop.until(lambda: shop.starts == [0])
            assert time.monotonic() - begun < 0.5

    async def test_a_dead_workers_job_is_run_once_its_lease_is_over(self, shop):
        job_id = await shop.ask("nothing")
        await shop.storage.queue.claim("default", limit=1, lease=Lease(worker="dead", seconds=0.3))
        async with shop.working():
            assert (await shop.becomes(job_id, "succeeded", 2.0)).attempts == 2


class TestAhead:
    async def test_slow_jobs_are_not_hoarded(self, shop):
        async def slow(_chore, _run):
            await asyncio.sleep(0.2)

        shop.does["slow"] = slow
        for n in range(12):
            await shop.ask("slow", n)
        async with shop.working(concurrency=2):
            await shop.until(lambda: len(shop.starts) >= 5)
            (report,) = await shop.storage.job_queries.queues()
            assert report.running <= 4

    async def test_a_released_job_has_not_used_up_an_attempt(self, shop):
        job_id = await shop.ask("nothing")
        (claim,) = await shop.storage.queue.claim(
            "default", limit=1, lease=Lease(worker="x", seconds=9)
        )
        await shop.storage.queue.settle([release(claim, run_at=claim.run_at)])
        assert (await shop.job(job_id)).attempts == 0
