"""What is over is forgotten by the portion, until nothing of it is left."""

from datetime import timedelta

import pytest

from homeroom.house import Storage
from homeroom.kernel.ids import JobId, new_id
from homeroom.kernel.jobs import JobRequest, JobState
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Run, Settlement, Verdict, succeed
from homeroom.operations.model import JobFilter, TidyUp
from homeroom.operations.use_cases import Tidy
from homeroom_testing.clock import SteppingClock
from homeroom_testing.conformance.jobs import Recital, ask, take
from homeroom_testing.conformance.outbox import an_event, put
from homeroom_testing.conformance.storage import told_by

pytestmark = pytest.mark.anyio

KEEP = timedelta(days=7)
MORE_THAN_TWO_PORTIONS = 2_001


def a_run() -> Run:
    return Run(JobId(new_id()), 1, False, None, "", lambda progress: None)


async def test_everything_that_is_over_is_forgotten_however_much_it_is(
    storage: Storage, clock: SteppingClock
) -> None:
    await ask(storage, *[JobRequest(work=Recital())] * (MORE_THAN_TWO_PORTIONS + 1))
    await put(storage, *(an_event() for _ in range(MORE_THAN_TWO_PORTIONS)))
    await told_by(storage)
    lost, *won = await take(storage, limit=MORE_THAN_TWO_PORTIONS + 1)
    await storage.queue.settle([Settlement(lost.id, lost.token, Verdict.DEAD), *map(succeed, won)])
    clock.step(seconds=KEEP.total_seconds() + 1)

    await Tidy(storage.queue, storage.outbox, clock, KEEP)(TidyUp(), a_run())

    left = await storage.job_queries.find(JobFilter(reach=None), CursorRequest(limit=10))
    assert [job.state for job in left.items] == [JobState.DEAD]
    assert await storage.outbox.forget(told_before=clock.now(), limit=1) == 0


async def test_what_is_not_over_for_long_is_kept(storage: Storage, clock: SteppingClock) -> None:
    await ask(storage, JobRequest(work=Recital()))
    await put(storage, an_event())
    await told_by(storage)
    await storage.queue.settle([succeed(claim) for claim in await take(storage)])
    clock.step(seconds=60)

    await Tidy(storage.queue, storage.outbox, clock, KEEP)(TidyUp(), a_run())

    left = await storage.job_queries.find(JobFilter(reach=None), CursorRequest())
    assert len(left.items) == 1
    assert await storage.outbox.forget(told_before=clock.now(), limit=9) == 1
