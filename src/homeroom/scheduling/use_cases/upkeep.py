"""Upkeep: the house's own recurring work as tasks, and what keeps scheduling itself in order."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock
from homeroom.kernel.codec import Codec
from homeroom.kernel.ids import InstitutionId, TaskId
from homeroom.kernel.jobs import Work, WorkPolicy, work, work_names
from homeroom.kernel.page import PageRequest
from homeroom.kernel.queue import Run
from homeroom.kernel.rights import Right
from homeroom.scheduling.errors import TaskExists
from homeroom.scheduling.model import rights
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.policies import Policies, Retries, SealedTarget
from homeroom.scheduling.model.targets import NotifierKind
from homeroom.scheduling.model.tasks import Content, Task
from homeroom.scheduling.model.when import Cron, Timing
from homeroom.scheduling.ports.repositories import StartSchedulingUnit
from homeroom.scheduling.queries import Delivery, History, RunQueries, TaskFilter, TaskQueries
from homeroom.scheduling.use_cases.concluding import conclude, held
from homeroom.scheduling.use_cases.firing import delivery_of
from homeroom.scheduling.use_cases.noting import note
from homeroom.scheduling.use_cases.writing import Author

_BATCH = 500
_PAGE = 100
_NOBODY_CAME = timedelta(hours=1)
"""Longer than any attempt may take, and than a worker's jobs are left to a dead one."""

_GIVEN_UP = timedelta(days=1)


@work("scheduling.forget_history.v1", WorkPolicy(timeout=600))
@attrs.frozen(kw_only=True)
class ForgetHistory(Work):
    """Forget executions that ended longer ago than they are kept, and ends nobody sends to."""


@work("scheduling.look_after_abandoned.v1", WorkPolicy(timeout=600))
@attrs.frozen(kw_only=True)
class LookAfterAbandoned(Work):
    """Ask again for executions whose job died, and in the end close them: their tasks are not to
    wait for them for ever."""


@attrs.frozen
class Forget:
    """A worker forgets old history: the handler of `ForgetHistory`."""

    history: History
    clock: Clock
    keep: timedelta

    async def __call__(self, _: ForgetHistory, run: Run) -> None:
        now = self.clock.now()
        await self.history.forget_ends(at=now)
        before = now - self.keep
        while await self.history.forget(ended_before=before, limit=_BATCH) == _BATCH:
            run.report(0.5)


@attrs.frozen
class LookAfter:
    """A worker looks after executions that nothing happens to: the handler of `LookAfterAbandoned`.

    One whose job still waits, because no worker came for long, is left to that job.
    """

    start: StartSchedulingUnit
    history: History
    runs: RunQueries
    clock: Clock
    calendar: CronCalendar

    async def __call__(self, _: LookAfterAbandoned, run: Run) -> None:
        since = self.clock.now() - _NOBODY_CAME
        for execution_id in await self.history.abandoned(unchanged_since=since, limit=_BATCH):
            for delivery in (await self.runs.deliveries(execution_id)).values():
                await self._look_after(delivery, since)

    async def _look_after(self, delivery: Delivery, since: datetime) -> None:
        async with self.start() as unit:
            task = await held(unit, delivery.task.id)
            execution = await unit.executions.get(delivery.execution.id)
            if execution.ended or execution.changed_at > since:
                return
            at = self.clock.now()
            if at - execution.changed_at < _GIVEN_UP:
                await unit.jobs.enqueue(delivery_of(execution))
            else:
                why = "its job ended without a result; look among the dead letters"
                verdict = execution.close("abandoned", why, at=at)
                await conclude(unit, task, execution, verdict, self.calendar)
            await unit.commit()


@attrs.frozen(kw_only=True)
class SystemTask:
    """Recurring work of the house's own."""

    work: Work
    name: str
    description: str
    cron: str
    jitter: int = 0


UPKEEP = (
    SystemTask(
        work=ForgetHistory(),
        name="Forget old executions",
        description="Removes executions and log lines that are older than they are kept.",
        cron="17 3 * * *",
        jitter=600,
    ),
    SystemTask(
        work=LookAfterAbandoned(),
        name="Look after abandoned executions",
        description="Asks again for executions whose job ended without a result, for a day.",
        cron="*/10 * * * *",
    ),
)


@attrs.frozen
class InstallSystemTasks:
    """The house lays out its own recurring work as tasks that people may see and adjust."""

    start: StartSchedulingUnit
    clock: Clock
    calendar: CronCalendar
    codec: Codec

    async def __call__(self, house: InstitutionId, every: Sequence[SystemTask]) -> None:
        """Those that are there already stay as they were adjusted."""
        for one in every:
            task = Task.create(
                house,
                self._content(one),
                at=self.clock.now(),
                calendar=self.calendar,
                system=work_names.name_of(type(one.work)),
            )
            try:
                async with self.start() as unit:
                    await unit.tasks.save(task)
                    await unit.commit()
            except TaskExists:
                continue

    def _content(self, one: SystemTask) -> Content:
        return Content(
            name=one.name,
            description=one.description,
            tags=("system",),
            kind=NotifierKind.LOG,
            target=SealedTarget(sealed="", mask="homeroom", fingerprint=""),
            payload=self.codec.encode(one.work),
            timing=Timing(Cron(one.cron), jitter=one.jitter),
            policies=Policies(retries=Retries(most=0)),
        )


@attrs.frozen
class SealAgain:
    """The operator changed keys: every target is sealed under the newest one, and recognised by
    the one for that."""

    right: ClassVar[Right] = rights.SEAL_AGAIN
    start: StartSchedulingUnit
    tasks: TaskQueries
    author: Author
    clock: Clock

    async def __call__(self, actor: Actor, told: Callable[[int], None] = lambda _: None) -> int:
        """How many were sealed anew. *told* hears how many so far."""
        actor.require(self.right)
        sealed = 0
        # Tasks that are removed meanwhile move others from page to page: look until none is left.
        while found := await self._pass(actor, sealed, told):
            sealed += found
        return sealed

    async def _pass(self, actor: Actor, before: int, told: Callable[[int], None]) -> int:
        sealed, number, pages = 0, 1, 1
        while number <= pages:
            page = await self.tasks.tasks(TaskFilter(), PageRequest(number, _PAGE), reach=None)
            for task in page.items:
                if not (
                    task.unreadable
                    or self.author.is_current(task.content, house=task.institution_id)
                ):
                    sealed += await self._seal(actor, task.id)
            told(before + sealed)
            number, pages = number + 1, page.total_pages
        return sealed

    async def _seal(self, actor: Actor, task_id: TaskId) -> bool:
        async with self.start() as unit:
            task = await held(unit, task_id)
            if task is None or not task.content.target.sealed:
                return False
            content = self.author.seal_again(task.content, house=task.institution_id)
            if content is task.content:
                return False
            task.content = content
            await unit.tasks.save(task)
            await note(unit, actor, self.right, task, at=self.clock.now())
            await unit.commit()
        return True
