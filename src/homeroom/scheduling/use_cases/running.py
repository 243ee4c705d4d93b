"""Runs beside the schedule: now, for instants of the past, or after another task."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock, is_instant
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import TaskId, new_id
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Right
from homeroom.scheduling.errors import BadRange
from homeroom.scheduling.model import rights
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.executions import Execution, Trigger
from homeroom.scheduling.model.firings import firings
from homeroom.scheduling.model.policies import Overlap
from homeroom.scheduling.model.seating import Seating, next_in_turn
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.repositories import SchedulingUnit, StartSchedulingUnit
from homeroom.scheduling.queries import TaskQueries
from homeroom.scheduling.use_cases.concluding import RunAfter, held, unfinished_of
from homeroom.scheduling.use_cases.firing import TakeTurns, delivery_of, put_in_motion
from homeroom.scheduling.use_cases.noting import note

MOST_BACKFILLED = 500


@attrs.frozen
class RunNow:
    """Somebody who manages tasks runs one at once, whatever its schedule says."""

    right: ClassVar[Right] = rights.RUN_TASK
    start: StartSchedulingUnit
    clock: Clock

    async def __call__(self, actor: Actor, task_id: TaskId) -> Execution:
        actor.require(self.right)
        async with self.start() as unit:
            task = await unit.tasks.get(task_id, reach=actor.reach)
            at = self.clock.now()
            run = Execution.asked_for(task, Trigger.MANUAL, at=at, key=f"manual:{new_id()}")
            await seat(unit, task, [run], at=at)
            await note(unit, actor, self.right, task, at=at)
            await unit.commit()
        return run


@attrs.frozen
class RunChained:
    """A task runs because another one ended: the handler of `RunAfter`."""

    start: StartSchedulingUnit
    clock: Clock

    async def __call__(self, work: RunAfter, _: Run) -> None:
        at = self.clock.now()
        async with self.start() as unit:
            task = await held(unit, work.task_id)
            before = await unit.executions.get(work.after)
            if task is None or task.institution_id != before.institution_id:
                return
            run = Execution.asked_for(
                task, Trigger.CHAIN, at=at, key=f"after:{work.after}", links=work.links
            )
            await seat(unit, task, [run], at=at)
            await unit.commit()


@attrs.frozen
class StartNext:
    """The next run in turn starts, or a task that fires no more is retired: the handler of
    `TakeTurns`."""

    start: StartSchedulingUnit
    clock: Clock

    async def __call__(self, work: TakeTurns, _: Run) -> None:
        async with self.start() as unit:
            task = await held(unit, work.task_id)
            if task is None:
                return
            unfinished = await unfinished_of(unit, task, waiting=1)
            if following := next_in_turn(unfinished):
                following.unbuffer(at=self.clock.now())
                await unit.executions.save(following)
                await unit.jobs.enqueue(delivery_of(following))
            elif task.is_spent and not unfinished:
                task.retire(at=self.clock.now())
                await unit.tasks.save(task)
            await unit.commit()


@attrs.frozen(kw_only=True)
class Range:
    """From one instant to another, both included."""

    first: datetime
    last: datetime

    def __attrs_post_init__(self) -> None:
        problems = [
            Problem(name, "needs a time zone, and a year from 1900 to 9998")
            for name, edge in (("from", self.first), ("to", self.last))
            if not is_instant(edge)
        ]
        if not problems and self.last < self.first:
            problems.append(Problem("to", "must not be before the beginning"))
        if problems:
            raise BadRange(problems=problems)


@attrs.frozen
class Backfill:
    """Somebody who manages tasks looks which instants of the past a task's schedule names, and
    has it run for them, one after another."""

    right: ClassVar[Right] = rights.BACKFILL_TASK
    right_to_plan: ClassVar[Right] = rights.SEE_TASKS
    start: StartSchedulingUnit
    tasks: TaskQueries
    clock: Clock
    calendar: CronCalendar

    async def plan(self, actor: Actor, task_id: TaskId, wanted: Range) -> Sequence[datetime]:
        """The instants it would run for; nothing is sent. Raises `BadRange` beyond 500."""
        actor.require(self.right_to_plan)
        task = await self.tasks.task(task_id, reach=actor.reach)
        return self._instants(task, wanted)

    async def run(self, actor: Actor, task_id: TaskId, wanted: Range) -> Sequence[Execution]:
        """The runs, in order."""
        actor.require(self.right)
        at, batch = self.clock.now(), new_id()
        async with self.start() as unit:
            task = await unit.tasks.get(task_id, reach=actor.reach)
            runs = [
                Execution.asked_for(
                    task,
                    Trigger.BACKFILL,
                    at=at,
                    key=f"backfill:{batch}:{instant.isoformat()}",
                    scheduled_for=instant,
                )
                for instant in self._instants(task, wanted)
            ]
            new = await seat(unit, task, runs, at=at)
            await note(unit, actor, self.right, task, at=at)
            await unit.commit()
        return new

    def _instants(self, task: Task, wanted: Range) -> Sequence[datetime]:
        if wanted.last > self.clock.now():
            raise BadRange(problems=[Problem("to", "must be in the past: the rest is scheduled")])
        timing = attrs.evolve(task.content.timing, start_at=None, end_at=None)
        named = firings(timing, self.calendar, after=wanted.first - _TICK, until=wanted.last)
        instants = list(islice(named, MOST_BACKFILLED + 1))
        if len(instants) > MOST_BACKFILLED:
            wrong = f"names more than {MOST_BACKFILLED} instants; take a shorter range"
            raise BadRange(problems=[Problem("to", wrong)])
        return instants


_TICK = datetime.resolution


async def seat(
    unit: SchedulingUnit, task: Task, runs: Sequence[Execution], *, at: datetime
) -> Sequence[Execution]:
    """Let *runs* start or wait as the task's policy says. *task* is held. Answers the new ones."""
    overlap = task.content.policies.overlap
    beside_any = overlap is Overlap.ALLOW_ALL  # they neither wait nor give way, whatever runs
    unfinished = () if beside_any else await unfinished_of(unit, task)
    seating = Seating(overlap, list(unfinished))
    for run in runs:
        seating.admit(run, at=at)
    new = await put_in_motion(unit, [seating], at=at)
    return [run for run in runs if run.id in new]
