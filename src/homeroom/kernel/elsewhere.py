"""Jobs that another program did: a carrier brought them to it, and here is how they ended.

Such a program holds no lease. Its carrier keeps a job from others while it works, and tells the
house of the end by a job of its own, `DoneElsewhere`; whatever gets lost on the way is offered
again. So the program may be asked for one job twice, and goes by the job's id.
"""

from uuid import UUID

import attrs

from homeroom.kernel.carrier import CarriedStore
from homeroom.kernel.codec import Ambient
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import Work, WorkPolicy, work
from homeroom.kernel.queue import (
    Claim,
    JobQueue,
    Lease,
    Run,
    Settlement,
    judge,
    release,
    succeed,
)

_LONG_ENOUGH = 30.0


class FailedElsewhere(Unavailable):
    """Another program tried this and failed; its own log says why."""

    code = "failed_elsewhere"


@work("kernel.done_elsewhere.v1", WorkPolicy(queue="elsewhere", max_attempts=20))
@attrs.frozen(kw_only=True)
class DoneElsewhere(Work):
    """Another program has ended an attempt at a job."""

    job_id: UUID
    token: int
    """The job's token when it was offered: which attempt that was."""

    succeeded: bool


@attrs.frozen
class RecordDoneElsewhere:
    """The handler of `DoneElsewhere`: the attempt goes on record like one of our own.

    A job that is not ready any more has been done, called off or taken by a worker of ours;
    that record stands.
    """

    carried: CarriedStore
    queue: JobQueue
    ambient: Ambient

    async def __call__(self, done: DoneElsewhere, run: Run) -> None:
        lease = Lease(worker=f"elsewhere-{run.job_id}", seconds=_LONG_ENOUGH)
        claims = await self.carried.claim_these([JobId(done.job_id)], lease)
        await self.queue.settle([self._verdict(claim, done) for claim in claims])

    def _verdict(self, claim: Claim, done: DoneElsewhere) -> Settlement:
        now = self.ambient.clock.now()
        if done.succeeded:
            return succeed(claim)
        if claim.token == done.token + 1:
            return judge(claim, FailedElsewhere(), at=now, luck=self.ambient.luck())
        return release(claim, run_at=now)  # an older attempt's failure says nothing about this one
