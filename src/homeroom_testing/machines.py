"""A machine that does to a storage's jobs what workers, operators and accidents do to them.

It keeps a model of plain values beside the storage, and after every step both must say the
same: which jobs there are, where each stands, who may claim next and when something is due.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

import attrs
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from homeroom.house import HouseUnit, Storage
from homeroom.kernel.ids import JobId
from homeroom.kernel.jobs import UNFINISHED, Job, JobRequest, JobState, WorkPolicy
from homeroom.kernel.page import CursorRequest
from homeroom.kernel.queue import Claim, Fence, Lease, Settlement, Verdict
from homeroom.operations.model import Checkup, JobFilter
from homeroom_testing.clock import SteppingClock
from homeroom_testing.job_model import Held, Model, in_claim_order, seen

T = TypeVar("T")
OpenEmpty = Callable[[SteppingClock], AbstractAsyncContextManager[Storage]]

QUEUES = ("bells", "mail")
EVERY = JobFilter(reach=None)
ENOUGH = 20
"""Jobs at once: with more, a life is longer but no richer."""

RECENT = 12
"""Claims from which the next to be settled is chosen: those still held, and those just lost."""

STRETCHES = (0.5, 1.0, 3.0)
"""Seconds. Few values, so that things fall due in the same instant."""


@attrs.frozen
class Wish:
    """A job that somebody may ask for."""

    queue: str
    priority: int
    delay: float
    key: str | None

    def requested(self, now: datetime) -> JobRequest:
        policy = WorkPolicy(queue=self.queue, priority=self.priority, max_attempts=2)
        run_at = now + timedelta(seconds=self.delay)
        return JobRequest(work=Checkup(), run_at=run_at, dedupe_key=self.key, policy=policy)


WISHES = st.lists(
    st.builds(
        Wish,
        queue=st.sampled_from(QUEUES),
        priority=st.sampled_from([-1, 0, 5]),
        delay=st.sampled_from([0.0, -1.0, *STRETCHES]),
        key=st.sampled_from([None, None, "a", "b"]),
    ),
    min_size=1,
    max_size=4,
)
LEASES = st.builds(Lease, worker=st.just("machine"), seconds=st.sampled_from(STRETCHES))


def some(*states: JobState) -> Callable[[Any], Any]:
    """A precondition: some job is in one of these *states*. Idle steps would prove nothing."""
    return precondition(lambda machine: bool(machine.model.standing(*states)))


_some_claimed = precondition(lambda machine: bool(machine.claims))


class JobsMachine(RuleBasedStateMachine):
    """One life of a storage's jobs. `prove_jobs` runs many, and shortens one that goes wrong."""

    open_empty: ClassVar[OpenEmpty]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.clock = SteppingClock()
        self.claims: list[Claim] = []
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        entered = self._stack.enter_async_context(type(self).open_empty(self.clock))
        self.storage = self.do(entered)

    def do(self, asked: Awaitable[T]) -> T:
        async def wait() -> T:
            return await asked

        return self._runner.run(wait())

    def teardown(self) -> None:
        self.do(self._stack.aclose())
        self._runner.close()

    @property
    def now(self) -> datetime:
        return self.clock.now()

    async def _in_a_unit(self, act: Callable[[HouseUnit], Awaitable[T]]) -> T:
        async with self.storage.start() as unit:
            answer = await act(unit)
            await unit.commit()
        return answer

    @precondition(lambda self: len(self.model.jobs) < ENOUGH)
    @rule(wishes=WISHES)
    def ask(self, wishes: list[Wish]) -> None:
        requests = [wish.requested(self.now) for wish in wishes]
        answered = self.do(self._in_a_unit(lambda unit: unit.jobs.enqueue(*requests)))
        for request, job_id in zip(requests, answered, strict=True):
            assert job_id == self.model.ask(request, job_id, self.now)

    @rule(wishes=WISHES)
    def ask_and_crash_before_the_commit(self, wishes: list[Wish]) -> None:
        async def ask() -> None:
            async with self.storage.start() as unit:
                await unit.jobs.enqueue(*(wish.requested(self.now) for wish in wishes))

        self.do(ask())

    @some(JobState.READY)
    @rule(queue=st.sampled_from(QUEUES), limit=st.integers(1, 4), lease=LEASES)
    def claim(self, queue: str, limit: int, lease: Lease) -> None:
        claims = self.do(self.storage.queue.claim(queue, limit=limit, lease=lease))
        self._expect_claims(claims, self.model.claimable(queue)[:limit], lease)

    @some(JobState.READY)
    @rule(data=st.data(), lease=LEASES)
    def claim_what_a_carrier_brought(self, data: st.DataObject, lease: Lease) -> None:
        known = st.sampled_from(list(self.model.jobs))
        self._claim_by_id(data.draw(st.lists(known, min_size=1, max_size=4)), lease)

    def _claim_by_id(self, brought: Sequence[JobId], lease: Lease) -> Sequence[Claim]:
        claims = self.do(self.storage.carried.claim_these(brought, lease))
        ready = [one for one in self.model.standing(JobState.READY) if one.id in brought]
        self._expect_claims(claims, in_claim_order(ready), lease)
        return claims

    def _expect_claims(self, got: Sequence[Claim], due: Sequence[Held], lease: Lease) -> None:
        for one in due:
            self.model.claim(one, self.now + timedelta(seconds=lease.seconds))
        wanted = [(one.id, one.token, one.attempts) for one in due]
        assert [(claim.id, claim.token, claim.attempt) for claim in got] == wanted
        self.claims += got

    @_some_claimed
    @rule(data=st.data())
    def settle(self, data: st.DataObject) -> None:
        """Also claims that were lost long ago, or settled before."""
        delays = st.sampled_from([None, None, 3.0])
        said = [
            self._settlement(claim, data.draw(st.sampled_from(Verdict)), data.draw(delays))
            for claim in data.draw(self._some_claims())
        ]
        lost = self.do(self.storage.queue.settle(said))
        assert list(lost) == [one.id for one in said if not self.model.settle(one, self.now)]

    def _some_claims(self) -> st.SearchStrategy[list[Claim]]:
        """One of each job: an answer of ids cannot say which of two claims of it was lost."""
        claims = st.sampled_from(self.claims[-RECENT:])
        return st.lists(claims, min_size=1, max_size=3, unique_by=lambda claim: claim.id)

    def _settlement(self, claim: Claim, verdict: Verdict, delay: float | None) -> Settlement:
        run_at = None if delay is None else self.now + timedelta(seconds=delay)
        return Settlement(claim.id, claim.token, verdict, run_at, "for a reason")

    @_some_claimed
    @rule(data=st.data(), lease=LEASES)
    def renew(self, data: st.DataObject, lease: Lease) -> None:
        pairs = [(claim.id, claim.token) for claim in data.draw(self._some_claims())]
        lost = self.do(self._renew(pairs, lease))
        held = [self.model.held_by(*pair) for pair in pairs]
        assert list(lost) == [pair for pair, one in zip(pairs, held, strict=True) if not one]
        for one in filter(None, held):
            one.lease_until = self.now + timedelta(seconds=lease.seconds)

    async def _renew(self, held: list[Fence], lease: Lease) -> Sequence[Fence]:
        async with self.storage.open_leases() as leases:
            return await leases.renew(held, lease)

    @rule(seconds=st.sampled_from(STRETCHES), sweeps=st.sampled_from([True, True, False]))
    def time_passes(self, seconds: float, sweeps: bool) -> None:
        """A worker that crashed is one whose lease nobody renews while time passes."""
        self.clock.step(seconds=seconds)
        if sweeps:
            self.sweep()

    def sweep(self) -> None:
        assert self.do(self.storage.queue.sweep()) == self.model.sweep(self.now)

    @some(*UNFINISHED)
    @rule(data=st.data())
    def call_off(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.model.standing(*UNFINISHED)))
        self.do(self._change(one.id, lambda job: job.cancelled(at=self.now)))
        one.token += 1
        one.ends(JobState.CANCELLED, self.now)

    @precondition(lambda self: bool(self.model.retriable()))
    @rule(data=st.data())
    def try_again(self, data: st.DataObject) -> None:
        one = data.draw(st.sampled_from(self.model.retriable()))
        self.do(self._change(one.id, lambda job: job.tried_again(at=self.now)))
        self.model.replay(one, self.now)

    async def _change(self, job_id: JobId, change: Callable[[Job], Job]) -> None:
        async def act(unit: HouseUnit) -> None:
            await unit.job_records.save(change(await unit.job_records.get(job_id, reach=None)))

        await self._in_a_unit(act)

    @some(JobState.DEAD)
    @rule()
    def replay_the_dead(self) -> None:
        back = self.model.replayed()
        replay = self._in_a_unit(lambda unit: unit.job_records.replay(EVERY, at=self.now))
        assert self.do(replay) == len(back)
        for one in back:
            self.model.replay(one, self.now)

    @some(JobState.DEAD)
    @rule()
    def bury_the_dead(self) -> None:
        dead = self.model.standing(JobState.DEAD)
        assert self.do(self._in_a_unit(lambda unit: unit.job_records.bury(EVERY))) == len(dead)
        self.model.forget(dead)

    @some(JobState.SUCCEEDED, JobState.CANCELLED)
    @rule()
    def purge(self) -> None:
        over = self.model.over(self.now)
        assert self.do(self.storage.queue.purge(finished_before=self.now, limit=200)) == len(over)
        self.model.forget(over)

    @invariant()
    def storage_and_model_agree(self) -> None:
        page = self.do(self.storage.job_queries.find(EVERY, CursorRequest(limit=200)))
        found = {(job.id, *seen(job)) for job in page.items}
        wanted = {(one.id, *one.as_seen()) for one in self.model.jobs.values()}
        assert found == wanted, f"found {found - wanted} instead of {wanted - found}"

    @invariant()
    def the_next_due_is_known(self) -> None:
        assert self.do(self.storage.queue.next_due()) == self.model.next_due()


_NATURAL = (HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large)
"""What a long life does; it is no sign of a bad test here."""

_USUAL = settings(deadline=None, report_multiple_bugs=False, suppress_health_check=_NATURAL)

AS_IT_HAPPENED = (Phase.explicit, Phase.reuse, Phase.generate)
"""Tells a story that went wrong in full. Where a life takes long, shortening one takes minutes."""


def prove_jobs(
    open_empty: OpenEmpty,
    *,
    lives: int = 20,
    steps: int = 60,
    phases: Sequence[Phase] = tuple(Phase),
) -> None:
    """Fail with the story in which a storage and the model disagree, by default the shortest.

    *open_empty* opens a storage over an empty store, on the clock it is given.
    """

    class Machine(JobsMachine):
        """Bound to one storage."""

    Machine.open_empty = staticmethod(open_empty)
    live(Machine, lives=lives, steps=steps, phases=phases)


def live(
    machine: type[RuleBasedStateMachine], *, lives: int, steps: int, phases: Sequence[Phase]
) -> None:
    """Let *machine* live *lives* times, *steps* long; fail with the story that went wrong."""
    manner = settings(_USUAL, max_examples=lives, stateful_step_count=steps, phases=phases)
    run_state_machine_as_test(machine, settings=manner)
