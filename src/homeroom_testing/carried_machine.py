"""A machine that lets a carrier bring a storage's jobs, and the carrier be as bad as it may.

Two workers share a broker that loses, doubles and returns what it carries, while everything
else happens that `machines` does to jobs. Whatever the broker does, no job is lost, none is in
two hands, and none is started more often than it may be.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

import attrs
from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from homeroom.kernel.carrier import Carrier, Parcel, Ready
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import UNFINISHED, JobState
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Claim, Fence, Lease, Settlement, Verdict, succeed
from homeroom.operations.model import JobFilter
from homeroom_testing.job_model import Held
from homeroom_testing.machines import (
    ENOUGH,
    LEASES,
    QUEUES,
    WISHES,
    JobsMachine,
    OpenEmpty,
    Wish,
    live,
    some,
)

WORKERS = ("ann", "ben")
AGAIN = 2.0
"""Seconds after which a job that did not come is offered once more."""

LATER = 4.0
"""Seconds after which every lease has run out, every delay is over and every offer is old."""

PATIENCE = 5.0
"""Seconds within which a parcel must come that was offered and not lost."""


@attrs.frozen
class Broker:
    """A broker that carries nothing yet: ways to open a carrier on it and to make it forget."""

    open: Callable[[], AbstractAsyncContextManager[Carrier]]
    empty: Callable[[], Awaitable[None]]

    a_moment: float = 0.02
    """Seconds within which it mostly brings what it has; whoever waits longer loses the day."""


class NewBroker(Protocol):
    """Makes a broker that nobody else uses, for one life."""

    def __call__(self) -> Broker: ...


@attrs.define(eq=False)
class Worker:
    """A process: its end of the carrier, and the parcels in its hands."""

    name: str
    carrier: Carrier
    leave: AsyncExitStack
    parcels: list[Parcel] = attrs.field(factory=list[Parcel])

    def put_down(self, count: int) -> list[Parcel]:
        """The first *count* parcels, in nobody's hands any more."""
        down, self.parcels = self.parcels[:count], self.parcels[count:]
        return down


@attrs.frozen
class Deed:
    """Something that a worker does with its carrier, or that happens to it."""

    what: str
    queue: str
    count: int
    lease: Lease


_OFTEN = ("offer", "receive", "receive", "claim_what_came", "finish")
_RARELY = ("give_back", "offer_once_more", "die_while_offering", "leave", "lose_everything")
_DEEDS = st.lists(
    st.builds(
        Deed,
        what=st.sampled_from(_OFTEN * 2 + _RARELY),
        queue=st.sampled_from(QUEUES),
        count=st.integers(1, 4),
        lease=LEASES,
    ),
    min_size=4,
    max_size=12,
)


class CarriedJobsMachine(JobsMachine):
    """One life of jobs that come by a carrier. `prove_carried_jobs` runs several."""

    new_broker: ClassVar[NewBroker]

    def __init__(self) -> None:
        super().__init__()
        self.broker = type(self).new_broker()
        self.told: list[Ready] = []
        self.offered_at: dict[JobId, datetime] = {}
        self.started: dict[Fence, str] = {}
        self.workers = [self.do(self._come(name)) for name in WORKERS]
        self._stack.push_async_callback(self._all_leave)

    async def _come(self, name: str) -> Worker:
        leave = AsyncExitStack()
        return Worker(name, await leave.enter_async_context(self.broker.open()), leave)

    async def _all_leave(self) -> None:
        for worker in self.workers:
            await worker.leave.aclose()

    @rule(wishes=WISHES, deeds=_DEEDS)
    def ann_works(self, wishes: list[Wish], deeds: list[Deed]) -> None:
        self._work(0, wishes, deeds)

    @rule(wishes=WISHES, deeds=_DEEDS)
    def ben_works(self, wishes: list[Wish], deeds: list[Deed]) -> None:
        self._work(1, wishes, deeds)

    def _work(self, which: int, wishes: list[Wish], deeds: list[Deed]) -> None:
        """Deeds are no rules of their own: few lives would hold all of them, and in order."""
        if len(self.model.jobs) < ENOUGH:
            self.ask(wishes=wishes)
        self.offer(self.workers[which], deeds[0])
        for deed in deeds:
            getattr(self, deed.what)(self.workers[which], deed)
            self.what_runs_is_in_one_hand()

    def offer(self, worker: Worker, deed: Deed) -> None:
        ready = self._to_offer(limit=deed.count)
        self.told += ready
        self.do(worker.carrier.offer(ready))

    def die_while_offering(self, worker: Worker, deed: Deed) -> None:
        """What counts as offered was never told to the broker."""
        self._to_offer(limit=deed.count)
        self.leave(worker, deed)

    def _to_offer(self, limit: int) -> Sequence[Ready]:
        ready = self.do(self.storage.carried.to_offer(QUEUES, limit=limit, again=AGAIN))
        standing = self.model.standing(JobState.READY)
        as_it_stands = {(one.id, one.token, one.policy.queue) for one in standing}
        assert {(one.id, one.token, one.queue) for one in ready} <= as_it_stands
        self.offered_at |= dict.fromkeys([one.id for one in ready], self.now)
        recently = self.now - timedelta(seconds=AGAIN)
        forgotten = [one for one in standing if self.offered_at.get(one.id, recently) <= recently]
        assert len(ready) == limit or not forgotten, f"ready, and not offered: {forgotten}"
        return ready

    def offer_once_more(self, worker: Worker, deed: Deed) -> None:
        """Also what was done long ago: a broker may bring anything twice."""
        self.do(worker.carrier.offer(self.told[-deed.count :]))

    def receive(self, worker: Worker, deed: Deed) -> None:
        if self.told:
            self._receive(worker, deed.queue, limit=deed.count, at_most=self.broker.a_moment)

    def _receive(self, worker: Worker, queue: str, *, limit: int, at_most: float) -> list[JobId]:
        parcels = self.do(worker.carrier.receive(queue, limit=limit, at_most=at_most))
        assert len(parcels) <= limit
        ours = {one.id for one in self.told if one.queue == queue}
        brought = [one.job_id for one in parcels if one.job_id and one.job_id in ours]
        assert len(brought) == len(parcels), f"never offered for {queue!r}: {parcels}"
        worker.parcels += parcels
        return brought

    def claim_what_came(self, worker: Worker, deed: Deed) -> None:
        ids = [one.job_id for one in worker.parcels[: deed.count] if one.job_id]
        self._claim_by_id(ids, attrs.evolve(deed.lease, worker=worker.name))

    def finish(self, worker: Worker, deed: Deed) -> None:
        """Whether the jobs in them were claimed, were settled, or not."""
        self.do(worker.carrier.finish(worker.put_down(deed.count)))

    def give_back(self, worker: Worker, deed: Deed) -> None:
        """Even if a job in them runs: whoever receives it next claims nothing."""
        self.do(worker.carrier.give_back(worker.put_down(deed.count)))

    def leave(self, worker: Worker, _: Deed | None = None) -> None:
        """Another comes instead. What was held is for the others; claims are left to run out."""
        self.do(worker.leave.aclose())
        self.workers[self.workers.index(worker)] = self.do(self._come(worker.name))

    def ask_and_crash_before_the_commit(self, wishes: list[Wish]) -> None:
        """No rule here: `JobsMachine` shows that it leaves nothing to carry."""

    def purge(self) -> None:
        """No rule here: `JobsMachine` shows that it forgets only what is over."""

    def lose_everything(self, *_: object) -> None:
        self.do(self.broker.empty())

    @some(*UNFINISHED)
    @rule()
    def all_is_done_in_the_end(self) -> None:
        """Nothing was lost: what is asked for comes to somebody, or has had its chances."""
        for leaving in list(self.workers):
            self.leave(leaving)
        self.time_passes(seconds=LATER, sweeps=True)
        worker, ready = self.workers[0], self._to_offer(limit=1000)
        self.told += ready
        self.do(worker.carrier.offer(ready))
        for queue in QUEUES:
            while self.model.claimable(queue):
                self._do_some(worker, queue)
        assert self.model.standing(*UNFINISHED) == []

    def _do_some(self, worker: Worker, queue: str) -> None:
        brought = self._receive(worker, queue, limit=10, at_most=PATIENCE)
        assert brought, f"lost on their way: {self.model.claimable(queue)}"
        for claim in self._claim_by_id(brought, Lease(worker=worker.name, seconds=LATER)):
            assert list(self.do(self.storage.queue.settle([succeed(claim)]))) == []
            assert self.model.settle(succeed(claim), self.now)
        self.do(worker.carrier.finish(worker.put_down(len(worker.parcels))))

    def _expect_claims(self, got: Sequence[Claim], due: Sequence[Held], lease: Lease) -> None:
        super()._expect_claims(got, due, lease)
        fences = [(claim.id, claim.token) for claim in got]
        assert not self.started.keys() & set(fences), "claimed twice with one token"
        self.started |= dict.fromkeys(fences, lease.worker)

    def _settlement(self, claim: Claim, verdict: Verdict, delay: float | None) -> Settlement:
        """As a worker judges: after its last attempt a job is not tried again."""
        over = verdict is Verdict.RETRY and claim.attempt >= claim.policy.max_attempts
        return super()._settlement(claim, Verdict.DEAD if over else verdict, delay)

    @invariant()
    def what_runs_is_in_one_hand(self) -> None:
        running = JobFilter(reach=None, state=JobState.RUNNING)
        page = self.do(self.storage.job_queries.find(running, CursorRequest(limit=200)))
        hands = {(job.id, job.token): job.worker for job in page.items}
        assert hands == {fence: self.started.get(fence) for fence in hands}
        assert len({job_id for job_id, _ in hands}) == len(hands)

    @invariant()
    def nothing_is_started_more_often_than_it_may_be(self) -> None:
        jobs = self.model.jobs.values()
        assert not [one for one in jobs if one.attempts > one.policy.max_attempts]


def prove_carried_jobs(
    open_empty: OpenEmpty,
    new_broker: NewBroker,
    *,
    lives: int = 20,
    steps: int = 60,
    phases: Sequence[Phase] = tuple(Phase),
) -> None:
    """Fail with the story in which a carrier makes a storage lose or double a job.

    *open_empty* opens a storage over an empty store; *new_broker* makes a broker for each life.
    """

    class Machine(CarriedJobsMachine):
        """Bound to one storage and one kind of carrier."""

    Machine.open_empty = staticmethod(open_empty)
    Machine.new_broker = staticmethod(new_broker)
    live(Machine, lives=lives, steps=steps, phases=phases)
