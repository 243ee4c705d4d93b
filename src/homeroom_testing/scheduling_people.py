"""What people do to a storage's tasks in a life of the scheduling machine, and time that passes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import attrs
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from homeroom.kernel.actor import Actor, Role
from homeroom.kernel.errors import Invalid
from homeroom.kernel.ids import TaskId
from homeroom.people.model.institutions import Institution
from homeroom.scheduling.errors import BadSchedule
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.policies import Pause, TaskStatus
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.use_cases.chaining import Chains
from homeroom.scheduling.use_cases.drafting import Drafts
from homeroom.scheduling.use_cases.given import UNSAID, PoliciesGiven, TimingGiven
from homeroom.scheduling.use_cases.running import Backfill, Range, RunNow
from homeroom.scheduling.use_cases.tasks import (
    ChangeTagged,
    DeleteTask,
    PauseTask,
    ResumeTask,
    ToggleTask,
    UpdateTask,
)
from homeroom.scheduling.use_cases.writing import Author, TaskGiven
from homeroom_testing.clock import SteppingClock
from homeroom_testing.scheduling_floor import Floor, Stage, runs_of
from homeroom_testing.scheduling_oracle import Planned, named
from homeroom_testing.scheduling_wishes import (
    TAG,
    When,
    Where,
    new_task,
    other_overlaps,
    ways,
    whens,
    wheres,
)

T = TypeVar("T")
OpenStage = Callable[[SteppingClock], AbstractAsyncContextManager[Stage]]

ENOUGH = 6
"""Tasks at once."""

PAUSE = 40
PAUSES = (None, PAUSE, 5_000)
"""Seconds until a pause ends; None is never."""

STRETCHES = (1, 3, 30, 30, 600, 3_600, 86_400, 3 * 86_400)
SINCE = (60, 300)
"""Seconds back that somebody has a task run for again."""


def some(*statuses: TaskStatus) -> Callable[[Any], Any]:
    """A precondition: some task is so. Idle steps would prove nothing."""
    return precondition(lambda machine: bool(machine.standing(*statuses)))


class TaskPeople(RuleBasedStateMachine):
    """Those who make tasks and change them, and tell the oracle what they did."""

    open_stage: ClassVar[OpenStage]

    def __init__(self) -> None:
        super().__init__()
        self.clock = SteppingClock()
        self.planned: dict[TaskId, Planned] = {}
        self.deleted: list[TaskId] = []
        self.runs: dict[TaskId, list[Execution]] = {}
        self.under_way: dict[TaskId, int] = {}
        self._runner = asyncio.Runner()
        self._stack = AsyncExitStack()
        entered = self._stack.enter_async_context(type(self).open_stage(self.clock))
        self.stage = self.do(entered)
        self.floor = Floor(self.stage, self.clock)
        self.actor = self.do(self._settle_in())

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

    def standing(self, *statuses: TaskStatus) -> list[Planned]:
        return [one for one in self.planned.values() if one.status in statuses]

    async def _settle_in(self) -> Actor:
        house = Institution.found("A school", at=self.now)
        async with self.stage.storage.start() as unit:
            await unit.institutions.add(house)
            await unit.commit()
        return Actor(institution_id=house.id, roles=frozenset({Role.ADMIN}))

    def _drafts(self) -> Drafts:
        author = Author(self.stage.sealer, self.clock)
        return Drafts(author, self.clock, self.stage.calendar)

    def _one(self, data: st.DataObject, *statuses: TaskStatus) -> Planned:
        wanted = self.standing(*(statuses or tuple(TaskStatus)))
        return self.planned[data.draw(st.sampled_from([one.id for one in wanted]))]

    @initialize(when=whens, how=ways, where=wheres)
    def create_the_first(self, when: When, how: PoliciesGiven, where: Where) -> None:
        self.create(when, how, where, active=True)

    @precondition(lambda self: len(self.planned) < ENOUGH)
    @rule(when=whens, how=ways, where=wheres, active=st.sampled_from([True, True, True, False]))
    def create(self, when: When, how: PoliciesGiven, where: Where, active: bool) -> None:
        given = new_task(when.said(self.now), how, where, active=active)
        try:
            task = self._drafts().new(self.actor.institution_id, given)
        except Invalid:
            return  # it would never fire
        self.do(self._keep(task))
        planned = Planned(
            id=task.id,
            timing=task.content.timing,
            policies=task.content.policies,
            status=TaskStatus.ACTIVE if active else TaskStatus.INACTIVE,
        )
        planned.look_ahead(self.now)
        self.planned[task.id] = planned

    async def _keep(self, task: Task) -> None:
        """Under a number, for jitter is drawn from ids: a life must always go the same way."""
        task.id = TaskId(UUID(int=len(self.planned) + len(self.deleted) + 1))
        task.next_run_at = None if task.upcoming is None else task.due_at(task.upcoming)
        task.release_events()
        async with self.stage.storage.start() as unit:
            await unit.tasks.save(task)
            await unit.commit()

    @some(*TaskStatus)
    @rule(
        data=st.data(),
        when=st.none() | whens,
        how=st.just(PoliciesGiven()) | ways | other_overlaps,
        where=st.none() | wheres,
    )
    def edit(
        self, data: st.DataObject, when: When | None, how: PoliciesGiven, where: Where | None
    ) -> None:
        one = self._one(data)
        if data.draw(st.sampled_from([False, False, True])):
            other = self._one(data).id
            how = attrs.evolve(how, on_success=(other,))
        given = TaskGiven(
            kind=where.kind if where else UNSAID,
            target=where.target if where else UNSAID,
            timing=when.said(self.now) if when else TimingGiven(),
            policies=how,
        )
        chains = Chains(self.stage.storage.tasks)
        update = UpdateTask(self.stage.storage.start, self._drafts(), chains, self.clock)
        try:
            task = self.do(update(self.actor, one.id, given))
        except Invalid:
            return  # it would never fire again
        self._revised(one, task)

    def _revised(self, one: Planned, task: Task) -> None:
        one.policies = task.content.policies
        if task.content.timing != one.timing:
            one.leave_behind(self.now, "rescheduled")
            one.timing = task.content.timing
            one.look_ahead(self.now)
        self._kept(one)

    @some(*TaskStatus)
    @rule(data=st.data())
    def toggle(self, data: st.DataObject) -> None:
        one = self._one(data)
        toggle = ToggleTask(self.stage.storage.start, self.clock, self.stage.calendar)
        was, rest = one.status, one.pause
        if was is TaskStatus.ACTIVE:
            one.leave_behind(self.now, "switched_off")
        one.status = TaskStatus.INACTIVE if was is TaskStatus.ACTIVE else TaskStatus.ACTIVE
        one.look_ahead(self.now)
        try:
            self.do(toggle(self.actor, one.id))
        except BadSchedule:
            assert one.spent, "it would fire again, and was refused"
            one.status, one.pause = was, rest

    @some(TaskStatus.ACTIVE)
    @rule(data=st.data(), lasts=st.sampled_from(PAUSES))
    def pause(self, data: st.DataObject, lasts: int | None) -> None:
        one, pause = self._one(data), self._a_pause(lasts)
        act = PauseTask(self.stage.storage.start, self.clock, self.stage.calendar)
        self.do(act(self.actor, one.id, pause))
        self._rest(one, pause)

    @some(TaskStatus.ACTIVE)
    @rule()
    def pause_all(self) -> None:
        """For a little: a life in which everything rests tells nothing."""
        pause = self._a_pause(PAUSE)
        act = ChangeTagged(self.stage.storage.start, self.clock, self.stage.calendar)
        assert self.do(act.pause(self.actor, TAG, pause)) == len(self.planned)
        for one in self.planned.values():
            self._rest(one, pause)

    def _a_pause(self, lasts: int | None) -> Pause:
        until = None if lasts is None else self.now + timedelta(seconds=lasts)
        return Pause(note="holidays", until=until)

    def _rest(self, one: Planned, pause: Pause) -> None:
        one.leave_behind(self.now, "paused")
        one.pause = pause
        one.look_ahead(self.now)

    @some(*TaskStatus)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        """Also one that does not rest; or whose rest is over, though it has not fired yet."""
        one = self._one(data)
        resume = ResumeTask(self.stage.storage.start, self.clock, self.stage.calendar)
        self.do(resume(self.actor, one.id))
        rests, one.pause = one.pause is not None and one.pause.covers(self.now), None
        if rests:
            one.look_ahead(self.now)
        self._kept(one)

    def _kept(self, one: Planned) -> None:
        """Whoever changes a task that has nothing left to fire for, and no run, lets it end."""
        if one.spent and self.is_idle(one):
            one.status = TaskStatus.INACTIVE

    def is_idle(self, one: Planned) -> bool:
        return all(run.ended for run in self.do(runs_of(self.stage.storage, one.id)))

    @some(*TaskStatus)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        one = self._one(data)
        self.do(DeleteTask(self.stage.storage.start, self.clock)(self.actor, one.id))
        del self.planned[one.id]
        self.deleted.append(one.id)

    @some(*TaskStatus)
    @rule(data=st.data())
    def run_now(self, data: st.DataObject) -> None:
        self.do(RunNow(self.stage.storage.start, self.clock)(self.actor, self._one(data).id))

    @some(*TaskStatus)
    @rule(data=st.data(), seconds=st.sampled_from(SINCE))
    def backfill(self, data: st.DataObject, seconds: int) -> None:
        one, storage = self._one(data), self.stage.storage
        wanted = Range(first=self.now - timedelta(seconds=seconds), last=self.now)
        backfill = Backfill(storage.start, storage.tasks, self.clock, self.stage.calendar)
        plan = self.do(backfill.plan(self.actor, one.id, wanted))
        timing = attrs.evolve(one.timing, start_at=None, end_at=None)
        assert list(plan) == named(timing, wanted.first - datetime.resolution, wanted.last)
        assert len(self.do(backfill.run(self.actor, one.id, wanted))) == len(plan)

    @rule(seconds=st.sampled_from(STRETCHES))
    def time_passes(self, seconds: int) -> None:
        self.clock.step(seconds=seconds)

    def until_the_next_is_due(self) -> None:
        """Time passes, if something is to fire and is not due yet."""
        due = min((one.due for one in self.planned.values() if one.due is not None), default=None)
        if due is not None and due > self.now:
            self.clock.step(seconds=(due - self.now).total_seconds())
