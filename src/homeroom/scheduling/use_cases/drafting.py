"""Drafting: tasks as somebody asks for them, made or changed, and not kept yet."""

from collections.abc import Sequence

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId
from homeroom.scheduling.errors import BadSchedule, SystemTaskStays
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.when import At
from homeroom.scheduling.use_cases.chaining import bites_its_tail
from homeroom.scheduling.use_cases.given import UNSAID, TimingGiven
from homeroom.scheduling.use_cases.writing import Author, TaskGiven


@attrs.frozen
class Drafts:
    """Tasks as callers want them, or everything that is wrong with what they want.

    Whoever looked already whether what is said of other tasks holds, hands on what does not.
    """

    author: Author
    clock: Clock
    calendar: CronCalendar

    def new(
        self,
        institution_id: InstitutionId,
        given: TaskGiven,
        *,
        imported_as: str | None = None,
        wrong_already: Sequence[Problem] = (),
    ) -> Task:
        """The task that *given* asks for. Raises `BadTask` and `BadSchedule`."""
        task = Task.create(
            institution_id,
            self.author.write(given, house=institution_id, wrong_already=wrong_already),
            at=self.clock.now(),
            calendar=self.calendar,
            active=given.active is not False,
            imported_as=imported_as,
        )
        expect_future(task)
        return task

    def change(
        self, task: Task, given: TaskGiven, *, wrong_already: Sequence[Problem] = ()
    ) -> None:
        """Make *task* what *given* says. Raises `BadTask`, `BadSchedule` and `SystemTaskStays`."""
        if task.system:
            _expect_own_purpose(given)
        at = self.clock.now()
        wrong = [*wrong_already, *bites_its_tail(given.policies, task.id)]
        content = self.author.write(
            given, task.content, house=task.institution_id, wrong_already=wrong
        )
        if content != task.content:
            task.revise(content, at=at, calendar=self.calendar)
        if given.active is True and task.status is not TaskStatus.ACTIVE:
            task.activate(at=at, calendar=self.calendar)
        elif given.active is False and task.status is not TaskStatus.INACTIVE:
            task.deactivate(at=at, calendar=self.calendar)
        if given.timing != TimingGiven() or given.active is True:
            expect_future(task)


def _expect_own_purpose(given: TaskGiven) -> None:
    """The house's own task may come at other times; what it does is nobody's to change."""
    if any(one is not UNSAID for one in (given.name, given.kind, given.target, given.payload)):
        raise SystemTaskStays("the house's own task keeps its name and its purpose")


def expect_future(task: Task) -> None:
    """Raises `BadSchedule` for a task that is active, and has nothing to fire for."""
    if not task.is_spent:
        return
    timing = task.content.timing
    if timing.max_runs is not None and task.fired >= timing.max_runs:
        wanted = f"must be more than {task.fired}: so often it has fired already"
        raise BadSchedule(problems=[Problem("maxRuns", wanted)])
    field = "at" if isinstance(timing.schedule, At) else "schedule"
    raise BadSchedule(problems=[Problem(field, "names no instant that is still to come")])
