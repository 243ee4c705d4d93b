"""What people do with tasks: make, look at, change, switch and remove them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import TaskId
from homeroom.kernel.rights import Right
from homeroom.scheduling.model import rights
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.policies import Pause
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.repositories import SchedulingUnit, StartSchedulingUnit
from homeroom.scheduling.use_cases.chaining import Chains
from homeroom.scheduling.use_cases.drafting import Drafts, expect_future
from homeroom.scheduling.use_cases.firing import keep
from homeroom.scheduling.use_cases.given import expect_tag
from homeroom.scheduling.use_cases.noting import as_they_are, note
from homeroom.scheduling.use_cases.writing import TaskGiven, expect_rest

Change = Callable[[Task], None]


@attrs.frozen
class Alteration:
    """*actor*, who has the *right* to do so, alters tasks; it is noted what that changed."""

    start: StartSchedulingUnit
    actor: Actor
    right: Right
    at: datetime

    async def of(self, task_id: TaskId, how: Change) -> Task:
        """The task as it is then. Raises `TaskNotFound`."""
        async with self.start() as unit:
            task = await unit.tasks.get(task_id, reach=self.actor.reach)
            if task.system:
                self.actor.require(rights.CHANGE_HOUSE_TASK)
            await self._alter(unit, [task], how)
        return task

    async def of_tagged(self, tag: str, how: Change) -> int:
        """How many there were. The house's own tasks stay as they are."""
        expect_tag(tag)
        async with self.start() as unit:
            tagged = await unit.tasks.tagged(tag, reach=self.actor.reach)
            theirs = [task for task in tagged if not task.system]
            await self._alter(unit, theirs, how)
        return len(theirs)

    async def _alter(self, unit: SchedulingUnit, tasks: Sequence[Task], how: Change) -> None:
        before = as_they_are(tasks)
        for task in tasks:
            how(task)
        await keep(unit, *tasks)
        await note(unit, self.actor, self.right, *tasks, at=self.at, before=before)
        await unit.commit()


@attrs.frozen
class CreateTask:
    """Somebody who manages tasks makes one; if it is active, it fires from now on."""

    right: ClassVar[Right] = rights.CREATE_TASK
    start: StartSchedulingUnit
    drafts: Drafts
    chains: Chains

    async def __call__(self, actor: Actor, given: TaskGiven) -> Task:
        """Raises `BadTask` with everything that is wrong."""
        actor.require(self.right)
        wrong = await self.chains.wrong_in(given.policies, actor.institution_id)
        task = self.drafts.new(actor.institution_id, given, wrong_already=wrong)
        async with self.start() as unit:
            await unit.tasks.save(task)
            await note(unit, actor, self.right, task, at=task.created_at)
            await unit.commit()
        return task


@attrs.frozen
class UpdateTask:
    """Somebody who manages tasks changes what they say, and nothing else."""

    right: ClassVar[Right] = rights.UPDATE_TASK
    start: StartSchedulingUnit
    drafts: Drafts
    chains: Chains
    clock: Clock

    async def __call__(self, actor: Actor, task_id: TaskId, given: TaskGiven) -> Task:
        """Raises `TaskNotFound`, and `BadTask` with everything that is wrong."""
        actor.require(self.right)
        wrong = await self.chains.wrong_beside(given.policies, task_id, reach=actor.reach)
        return await Alteration(self.start, actor, self.right, self.clock.now()).of(
            task_id, lambda task: self.drafts.change(task, given, wrong_already=wrong)
        )


@attrs.frozen
class DeleteTask:
    """Somebody who manages tasks removes one with its history. What it is sending goes through."""

    right: ClassVar[Right] = rights.DELETE_TASK
    start: StartSchedulingUnit
    clock: Clock

    async def __call__(self, actor: Actor, task_id: TaskId) -> None:
        actor.require(self.right)
        async with self.start() as unit:
            task, at = await unit.tasks.get(task_id, reach=actor.reach), self.clock.now()
            await delete(unit, task, at=at)
            await note(unit, actor, self.right, task, at=at)
            await unit.commit()


async def delete(unit: SchedulingUnit, *tasks: Task, at: datetime) -> None:
    """Remove *tasks*, and the watches over them. Raises `SystemTaskStays`."""
    for task in tasks:
        task.delete(at=at)
    await unit.watches.remove(*(task.id for task in tasks))
    await unit.tasks.save(*tasks)


@attrs.frozen
class ToggleTask:
    """Somebody who manages tasks switches one off, or on again with a clean slate."""

    right: ClassVar[Right] = rights.TOGGLE_TASK
    start: StartSchedulingUnit
    clock: Clock
    calendar: CronCalendar

    async def __call__(self, actor: Actor, task_id: TaskId) -> Task:
        """Raises `BadSchedule` if its schedule names no instant that is still to come."""
        actor.require(self.right)
        at = self.clock.now()

        def toggle(task: Task) -> None:
            task.toggle(at=at, calendar=self.calendar)
            expect_future(task)

        return await Alteration(self.start, actor, self.right, at).of(task_id, toggle)


@attrs.frozen
class PauseTask:
    """Somebody who manages tasks lets one rest, with a note that says why."""

    right: ClassVar[Right] = rights.PAUSE_TASK
    start: StartSchedulingUnit
    clock: Clock
    calendar: CronCalendar

    async def __call__(self, actor: Actor, task_id: TaskId, pause: Pause) -> Task:
        """Raises `BadTask` for a rest that would be over before it begins."""
        actor.require(self.right)
        at = self.clock.now()
        expect_rest(pause, at)
        return await Alteration(self.start, actor, self.right, at).of(
            task_id, lambda task: task.rest(pause, at=at, calendar=self.calendar)
        )


@attrs.frozen
class ResumeTask:
    """Somebody who manages tasks ends a rest early."""

    right: ClassVar[Right] = rights.RESUME_TASK
    start: StartSchedulingUnit
    clock: Clock
    calendar: CronCalendar

    async def __call__(self, actor: Actor, task_id: TaskId) -> Task:
        actor.require(self.right)
        at = self.clock.now()
        return await Alteration(self.start, actor, self.right, at).of(
            task_id, lambda task: task.resume(at=at, calendar=self.calendar)
        )


@attrs.frozen
class ChangeTagged:
    """Somebody who manages tasks pauses, resumes or deletes all that share a tag: all, or none.

    The house's own tasks stay as they are: they are changed one by one, by who runs the house.
    """

    right_to_pause: ClassVar[Right] = rights.PAUSE_TASK
    right_to_resume: ClassVar[Right] = rights.RESUME_TASK
    right_to_delete: ClassVar[Right] = rights.DELETE_TASK
    start: StartSchedulingUnit
    clock: Clock
    calendar: CronCalendar

    async def pause(self, actor: Actor, tag: str, pause: Pause) -> int:
        """How many. Raises `BadTask` for a rest that would be over before it begins."""
        actor.require(self.right_to_pause)
        at = self.clock.now()
        expect_rest(pause, at)
        return await Alteration(self.start, actor, self.right_to_pause, at).of_tagged(
            tag, lambda task: task.rest(pause, at=at, calendar=self.calendar)
        )

    async def resume(self, actor: Actor, tag: str) -> int:
        actor.require(self.right_to_resume)
        at = self.clock.now()
        return await Alteration(self.start, actor, self.right_to_resume, at).of_tagged(
            tag, lambda task: task.resume(at=at, calendar=self.calendar)
        )

    async def delete(self, actor: Actor, tag: str) -> int:
        """How many."""
        actor.require(self.right_to_delete)
        expect_tag(tag)
        at = self.clock.now()
        async with self.start() as unit:
            tagged = await unit.tasks.tagged(tag, reach=actor.reach)
            others = [task for task in tagged if not task.system]
            await delete(unit, *others, at=at)
            await note(unit, actor, self.right_to_delete, *others, at=at)
            await unit.commit()
        return len(others)
