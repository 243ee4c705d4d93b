"""The I/O anomaly sweep, over use cases of ours and over the worker itself."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import attrs
import pytest

from homeroom.compliance.ports.record import EntryFilter
from homeroom.house import Storage
from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import ApiKeyId, JobId
from homeroom.kernel.jobs import Job, JobState
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Lease, Run, Settlement, Verdict
from homeroom.operations.use_cases import RetryJob
from homeroom.people.model.institutions import Institution
from homeroom.people.use_cases.keys import IssueKey, RevokeKey
from homeroom_entrypoints.worker.settings import Part
from homeroom_testing.anomalies import Anomaly, InvariantBroken, sweep
from homeroom_testing.clock import NOON, FixedClock
from homeroom_testing.faults_storage import Crash, Fault, FaultPlan

pytestmark = pytest.mark.anyio

CLOCK = FixedClock()

Furnish = Callable[[Storage], Any]


async def events_told(storage: Storage) -> list[str]:
    names: list[str] = []

    async def take(envelopes):
        names.extend(envelope.name for envelope in envelopes)

    await storage.outbox.deliver(take, limit=100)
    return names


async def a_house(storage: Storage) -> Actor:
    house = Institution.found("A school", at=NOON)
    async with storage.start() as unit:
        await unit.institutions.add(house)
        await unit.commit()
    return Actor(institution_id=house.id, roles=frozenset({Role.ADMIN}))


class IssuingAKey:
    """A key exists if and only if its event will be told; success means it exists."""

    async def prepare(self, storage: Storage) -> Actor:
        return await a_house(storage)

    async def act(self, storage: Storage, given: Actor) -> None:
        await IssueKey(storage.start, CLOCK)(given, name="k", roles=frozenset({Role.TEACHER}))

    async def check(self, storage: Storage, given: Actor, anomaly: Anomaly) -> None:
        keys = await storage.people.keys(CursorRequest(), reach=given.reach)
        events = await events_told(storage)
        assert events == ["people.api_key_issued.v1"] * len(keys.items)
        noted = await storage.record.entries(EntryFilter(reach=given.reach), CursorRequest())
        assert [one.action for one in noted.items] == ["people.issue_key"] * len(keys.items)
        assert len(keys.items) <= 1
        if anomaly.outcome is None:
            assert len(keys.items) == 1


class RevokingAKey:
    """A key is revoked if and only if its event will be told; asking again ends it for sure."""

    async def prepare(self, storage: Storage) -> tuple[Actor, ApiKeyId]:
        actor = await a_house(storage)
        issued = await IssueKey(storage.start, CLOCK)(actor, name="k", roles=frozenset({Role.DEAN}))
        await events_told(storage)
        return actor, issued.key.id

    async def act(self, storage: Storage, given: tuple[Actor, ApiKeyId]) -> None:
        await RevokeKey(storage.start, CLOCK)(*given)

    async def check(
        self, storage: Storage, given: tuple[Actor, ApiKeyId], anomaly: Anomaly
    ) -> None:
        revoked = await self.is_revoked(storage, given)
        assert await events_told(storage) == ["people.api_key_revoked.v1"] * revoked
        if anomaly.outcome is None:
            assert revoked
        elif not revoked:
            await self.act(storage, given)
            assert await self.is_revoked(storage, given)

    @staticmethod
    async def is_revoked(storage: Storage, given: tuple[Actor, ApiKeyId]) -> bool:
        async with storage.start() as unit:
            key = await unit.api_keys.get(given[1], reach=given[0].reach)
        return key.revoked_at is not None


@attrs.frozen
class RetryingAJob:
    """A dead job stays dead or is ready from the start: never something between."""

    furnish: Furnish

    async def prepare(self, storage: Storage) -> tuple[Actor, JobId]:
        actor = await a_house(storage)
        shop = self.furnish(storage)
        job_id = await shop.ask("nothing", institution_id=actor.institution_id)
        lease = Lease(worker="w", seconds=9)
        (claim,) = await storage.queue.claim("default", limit=1, lease=lease)
        await storage.queue.settle([Settlement(claim.id, claim.token, Verdict.DEAD, None, "x")])
        return actor, job_id

    async def act(self, storage: Storage, given: tuple[Actor, JobId]) -> None:
        await RetryJob(storage.start, CLOCK)(*given)

    async def check(self, storage: Storage, given: tuple[Actor, JobId], anomaly: Anomaly) -> None:
        job = await storage.job_queries.get(given[1], reach=None)
        dead = job.state is JobState.DEAD and job.attempts == 1
        again = job.state is JobState.READY and job.attempts == 0 and job.finished_at is None
        assert dead or again
        if anomaly.outcome is None:
            assert again


@attrs.frozen
class Jobs:
    """Some jobs, and the sound storage to look at them through."""

    sound: Storage
    ids: list[JobId]

    async def all_done(self, ping: Callable[[], Awaitable[None]]) -> None:
        """Wait until each has succeeded, as long as *ping* answers."""
        until = time.monotonic() + 30
        while any(job.state is not JobState.SUCCEEDED for job in await self.jobs()):
            assert time.monotonic() < until, f"not all are done: {await self.jobs()}"
            await ping()
            await asyncio.sleep(0.01)

    async def jobs(self) -> list[Job]:
        return [await self.sound.job_queries.get(job_id, reach=None) for job_id in self.ids]


@attrs.frozen
class Working:
    """Whatever befalls a worker's calls, every job is done, with one effect, and none is dead.

    A worker that crashed is followed by another, as a supervisor would have it.
    """

    furnish: Furnish

    async def prepare(self, storage: Storage) -> Jobs:
        shop = self.furnish(storage)
        return Jobs(storage, [await shop.ask("effect", n) for n in range(2)])

    async def act(self, storage: Storage, given: Jobs) -> None:
        shop = self.furnish(storage)
        shop.does["effect"] = partial(_found_an_institution, storage)
        service = shop.service(parts=frozenset({Part.JOBS}), lease=0.4, concurrency=2)
        stop = asyncio.Event()
        running = asyncio.create_task(service.run(stop))
        try:
            await given.all_done(storage.ping)
            stop.set()
            await running
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def check(self, storage: Storage, given: Jobs, anomaly: Anomaly) -> None:
        if isinstance(anomaly.outcome, Crash):
            await self.act(storage, given)
        else:
            assert anomaly.outcome is None
        named = sorted(one.name for one in await storage.people.institutions())
        assert named == sorted(str(job_id) for job_id in given.ids)


async def _found_an_institution(storage: Storage, _chore: object, run: Run) -> None:
    async with storage.start() as unit:
        if await unit.inbox.first_time("effect", run.message_id):
            await unit.institutions.add(Institution.found(run.message_id, at=NOON))
            await unit.commit()


class TestTheSweep:
    async def test_issuing_a_key_survives_every_fault(self, open_fresh):
        met = await sweep(IssuingAKey(), open_fresh)
        assert {anomaly.call for anomaly in met} == {
            "unit.begin",
            "unit.api_keys.save",
            "unit.audit.note",
            "unit.commit",
        }
        assert {anomaly.fault for anomaly in met} == set(Fault)

    async def test_revoking_a_key_survives_every_fault(self, open_fresh):
        assert await sweep(RevokingAKey(), open_fresh)

    async def test_retrying_a_job_survives_every_fault(self, open_fresh, furnish):
        assert await sweep(RetryingAJob(furnish), open_fresh)

    @pytest.mark.slow
    @pytest.mark.timeout(300)
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    @pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.value)
    async def test_a_worker_survives_every_fault(self, open_fresh, furnish, fault):
        met = await sweep(Working(furnish), open_fresh, faults=[fault], clean=3)
        calls = {anomaly.call for anomaly in met}
        assert calls >= {"queue.claim", "unit.inbox.first_time", "unit.commit"}

    @pytest.mark.slow
    @pytest.mark.timeout(300)
    @pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
    async def test_a_worker_survives_every_fault_of_its_settlements(self, open_fresh, furnish):
        met = await sweep(Working(furnish), open_fresh, clean=2, only="queue.settle")
        assert {anomaly.fault for anomaly in met} == set(Fault)

    async def test_catches_a_use_case_that_forgets_its_transaction(self, open_fresh):
        with pytest.raises(InvariantBroken, match=r"reset at unit\.begin"):
            await sweep(IssuingTwice(), open_fresh)


class IssuingTwice(IssuingAKey):
    """Saves in two transactions what belongs together: the sweep must notice."""

    async def act(self, storage: Storage, given: Actor) -> None:
        for _ in range(2):
            await super().act(storage, given)

    async def check(self, storage: Storage, given: Actor, anomaly: Anomaly) -> None:
        keys = await storage.people.keys(CursorRequest(), reach=given.reach)
        assert len(keys.items) in {0, 2}


class TestAFault:
    @pytest.mark.parametrize(
        ("fault", "done", "raised"),
        [
            (Fault.RESET, 0, Unavailable),
            (Fault.TIMEOUT, 1, Unavailable),
            (Fault.DUPLICATE, 2, None),
            (Fault.CRASH_BEFORE, 0, Crash),
            (Fault.CRASH_AFTER, 1, Crash),
        ],
    )
    async def test_befalls_the_call_it_was_planned_for(self, fault, done, raised):
        calls = []

        async def call():
            calls.append(1)

        plan = FaultPlan(fault, at=2)
        await plan.call("first", call)
        calls.clear()
        with pytest.raises(raised) if raised else contextlib.nullcontext():
            await plan.call("second", call)
        assert (len(calls), plan.struck) == (done, "second")

    async def test_of_a_crash_ends_every_later_call(self):
        async def call():
            raise NotImplementedError

        plan = FaultPlan(Fault.CRASH_BEFORE, at=1)
        for _ in range(3):
            with pytest.raises(Crash):
                await plan.call("any", call)
