"""A machine that does to a storage's tasks what people, schedulers, workers and accidents do.

It keeps an oracle beside the storage. After every step both must say the same: which instants
were fired and which were passed over and why, and what each task fires for next. Whatever came
of a run, the promises of overlap, retries and deliveries must hold.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from hypothesis import Phase
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from homeroom.scheduling.errors import TaskNotFound
from homeroom.scheduling.model.deliveries import Outcome
from homeroom.scheduling.model.executions import CIRCUIT_OPEN, Execution, ExecutionStatus
from homeroom.scheduling.model.policies import Overlap, TaskStatus
from homeroom.scheduling.use_cases.firing import FireDue, Punctuality
from homeroom_testing.clock import SteppingClock
from homeroom_testing.faults_storage import Crash, Fault, FaultPlan, faulty
from homeroom_testing.machines import live
from homeroom_testing.scheduling_floor import UNDER_WAY, runs_of
from homeroom_testing.scheduling_oracle import Planned, record_of
from homeroom_testing.scheduling_people import OpenStage, TaskPeople, some

PUNCTUALITY = Punctuality(batch=3)
MOST_RETRIES_ASKED = 3
OFF = (-20, -1, 2, 20, 300)
"""Seconds by which a scheduler's clock may be wrong."""

BACK = (1, 20, 90)


class SchedulingMachine(TaskPeople):
    """One life of a storage's tasks. `prove_scheduling` runs many."""

    @some(TaskStatus.ACTIVE)
    @rule(late=st.sampled_from([0, 0, 1, 30, 3_600]))
    def two_schedulers_fire(self, late: int) -> None:
        """What is due next, at once, each a few tasks at a time, until nothing is due."""
        self.until_the_next_is_due()
        self.clock.step(seconds=late)
        fire = FireDue(self.stage.storage.start, self.clock, self.stage.calendar, PUNCTUALITY)

        async def both() -> None:
            while any(await asyncio.gather(fire(), fire())):
                pass

        self.do(both())
        self._fired()

    @some(TaskStatus.ACTIVE)
    @rule(off=st.sampled_from(OFF))
    def two_schedulers_disagree_about_the_time(self, off: int) -> None:
        """The clock of one is ahead, or behind: each fires what is due by its own."""
        self.until_the_next_is_due()
        other = SteppingClock(self.now + timedelta(seconds=off))
        for clock in (other, self.clock):
            fire = FireDue(self.stage.storage.start, clock, self.stage.calendar, PUNCTUALITY)
            while self.do(fire()):
                pass
            self._fired(clock.now())

    @rule(seconds=st.sampled_from(BACK))
    def the_clock_is_set_back(self, seconds: int) -> None:
        self.clock.step(seconds=-seconds)

    @some(TaskStatus.ACTIVE)
    @rule(fault=st.sampled_from(Fault), at=st.integers(1, 8))
    def a_scheduler_fails(self, fault: Fault, at: int) -> None:
        """All that was due is fired, or nothing."""
        self.until_the_next_is_due()
        plan = FaultPlan(fault, at)
        start = faulty(self.stage.storage, plan).start
        fire = FireDue(start, self.clock, self.stage.calendar)
        try:
            self.do(fire())
        except (Exception, Crash):  # noqa: BLE001 - what it left, is what counts
            assert plan.struck
        after = fault in {Fault.TIMEOUT, Fault.CRASH_AFTER} and plan.struck == "unit.commit"
        if plan.struck is None or after or fault is Fault.DUPLICATE:
            self._fired()

    def _fired(self, at: datetime | None = None) -> None:
        for one in self.planned.values():
            one.fire(at or self.now, PUNCTUALITY.grace)
            self._retire(one)

    def _retire(self, one: Planned) -> None:
        """What fires no more and has no run left is switched off, whatever came of its last.

        Where runs may be side by side, a worker looks whether there is one.
        """
        if not one.spent or not self.is_idle(one):
            return
        task = self.do(self.stage.storage.tasks.task(one.id, reach=None))
        side_by_side = one.policies.overlap is Overlap.ALLOW_ALL
        waits = side_by_side and self.do(self.floor.is_looked_after(one.id))
        if task.status is TaskStatus.INACTIVE or not waits:
            one.status = TaskStatus.INACTIVE

    @some(*TaskStatus)
    @rule(
        outcome=st.sampled_from([*Outcome, *[Outcome.DELIVERED, Outcome.FAILED] * 3]),
        limit=st.integers(1, 4),
        lost=st.sampled_from([False, False, True]),
    )
    def deliver(self, outcome: Outcome, limit: int, lost: bool) -> None:
        self.do(self.floor.deliver(outcome, limit, lost=lost))
        self._delivered()

    @some(*TaskStatus)
    @rule(outcome=st.sampled_from(Outcome), fault=st.sampled_from(Fault), at=st.integers(1, 9))
    def a_delivery_breaks_off(self, outcome: Outcome, fault: Fault, at: int) -> None:
        self.do(self.floor.deliver(outcome, plan=FaultPlan(fault, at)))
        self._delivered()

    @some(*TaskStatus)
    @rule()
    def deliver_everything(self) -> None:
        """Whatever was begun comes to an end, by itself."""
        self.do(self.floor.run_dry(list(self.planned)))
        self._delivered()

    def _delivered(self) -> None:
        """What deliveries make of tasks: they fail, or have fired their last."""
        for one in self.planned.values():
            task = self.do(self.stage.storage.tasks.task(one.id, reach=None))
            failed = self._newly_failed(one)
            if one.status is TaskStatus.FAILED:
                continue
            assert (task.status is TaskStatus.FAILED) == bool(failed), "fails when a run does"
            if failed:
                one.fail(self.now)
            self._retire(one)

    def _newly_failed(self, one: Planned) -> bool:
        known = self.runs.get(one.id, [])
        self.runs[one.id] = self.do(runs_of(self.stage.storage, one.id))
        before = {run.id for run in known if run.status is ExecutionStatus.FAILED}
        return any(
            run.status is ExecutionStatus.FAILED
            and run.result != CIRCUIT_OPEN
            and run.id not in before
            for run in self.runs[one.id]
        )

    @invariant()
    def storage_and_oracle_agree(self) -> None:
        for one in self.planned.values():
            task = self.do(self.stage.storage.tasks.task(one.id, reach=None))
            assert (task.status, task.pause) == (one.status, one.pause)
            assert (task.upcoming, task.next_run_at) == (one.aim, one.due)
            self._check_runs(one, self.do(runs_of(self.stage.storage, one.id)))

    def _check_runs(self, one: Planned, runs: Sequence[Execution]) -> None:
        records = [record for run in runs if (record := record_of(run))]
        assert len(records) == len(one.records), "an instant twice, or not at all"
        assert set(records) == one.records
        known = {run.id: run for run in self.runs.get(one.id, [])}
        assert known.keys() <= {run.id for run in runs}, "a run was forgotten"
        for run in runs:
            assert run.retry_count <= MOST_RETRIES_ASKED
            was = known.get(run.id)
            assert was is None or not was.ended or run.status is was.status, "it had ended"
            self.do(self.floor.check_promises(run))
        self._check_overlap(one, runs)
        self.runs[one.id] = list(runs)

    def _check_overlap(self, one: Planned, runs: Sequence[Execution]) -> None:
        """One at a time, but for those who began when more were allowed."""
        under_way = sum(run.status in UNDER_WAY for run in runs)
        if one.policies.overlap is not Overlap.ALLOW_ALL:
            assert under_way <= max(1, self.under_way.get(one.id, 0)), "two at once"
        self.under_way[one.id] = under_way

    @invariant()
    def deleted_tasks_never_come_back(self) -> None:
        for task_id in self.deleted:
            with contextlib.suppress(TaskNotFound):
                self.do(self.stage.storage.tasks.task(task_id, reach=None))
                raise AssertionError("a deleted task is there")

    @invariant()
    def the_next_due_is_known(self) -> None:
        due = min((one.due for one in self.planned.values() if one.due is not None), default=None)
        assert self.do(self.stage.storage.tasks.next_due()) == due


def prove_scheduling(
    open_stage: OpenStage,
    *,
    lives: int = 20,
    steps: int = 50,
    phases: Sequence[Phase] = tuple(Phase),
) -> None:
    """Fail with the story in which a storage and the oracle disagree, by default the shortest.

    *open_stage* opens an empty storage, and what else is needed, on the clock it is given.
    """

    class Machine(SchedulingMachine):
        """Bound to one storage."""

    Machine.open_stage = staticmethod(open_stage)
    live(Machine, lives=lives, steps=steps, phases=phases)
