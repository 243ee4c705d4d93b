"""Watching: pings that are expected, heard, and missed."""

from datetime import timedelta
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import TaskId
from homeroom.kernel.jobs import JobRequest
from homeroom.kernel.rights import Right
from homeroom.scheduling.errors import BadSchedule, WatchNotFound
from homeroom.scheduling.model import rights
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.watches import Expectation, Ping, PingToken, Watch
from homeroom.scheduling.ports.repositories import SchedulingUnit, StartSchedulingUnit
from homeroom.scheduling.queries import TaskQueries
from homeroom.scheduling.use_cases.alerting import AlertSilence
from homeroom.scheduling.use_cases.given import TimingGiven, read_timing
from homeroom.scheduling.use_cases.noting import note

_LONGEST_GRACE = 30 * 86_400


@attrs.frozen
class ExpectPings:
    """Somebody who manages tasks has one watched: its work is to ping, or somebody is alerted."""

    right: ClassVar[Right] = rights.WATCH_TASK
    start: StartSchedulingUnit
    clock: Clock
    calendar: CronCalendar

    async def __call__(
        self, actor: Actor, task_id: TaskId, given: TimingGiven, *, grace: float
    ) -> tuple[Watch, PingToken]:
        """The watch and its token, which cannot be shown again; an older token counts no more.

        Raises `BadSchedule`.
        """
        actor.require(self.right)
        at = self.clock.now()
        timing, problems = read_timing(given, None, now=at)
        if not 1 <= grace <= _LONGEST_GRACE:
            problems.append(Problem("graceSeconds", "must be 1 second to 30 days"))
        if timing is None or problems:
            raise BadSchedule(problems=problems)
        expectation = Expectation(timing=timing, grace=timedelta(seconds=grace))
        async with self.start() as unit:
            task = await unit.tasks.get(task_id, reach=actor.reach)
            watch, token = Watch.over(
                task.id, task.institution_id, expectation, at=at, calendar=self.calendar
            )
            await unit.watches.save(watch)
            await note(unit, actor, self.right, task, at=at)
            await unit.commit()
        return watch, token


@attrs.frozen
class StopExpecting:
    """Somebody who manages tasks ends a watch."""

    right: ClassVar[Right] = rights.WATCH_TASK
    start: StartSchedulingUnit
    clock: Clock

    async def __call__(self, actor: Actor, task_id: TaskId) -> None:
        actor.require(self.right)
        async with self.start() as unit:
            task = await unit.tasks.get(task_id, reach=actor.reach)
            await unit.watches.remove(task.id)
            await note(unit, actor, self.right, task, at=self.clock.now())
            await unit.commit()


@attrs.frozen
class LookAtWatch:
    """Somebody sees how a watch stands."""

    right: ClassVar[Right] = rights.SEE_TASKS
    tasks: TaskQueries

    async def __call__(self, actor: Actor, task_id: TaskId) -> Watch:
        """Raises `TaskNotFound`, and `WatchNotFound` if the task has none."""
        actor.require(self.right)
        task = await self.tasks.task(task_id, reach=actor.reach)
        watch = await self.tasks.watch(task.id, reach=actor.reach)
        if watch is None:
            raise WatchNotFound
        return watch


@attrs.frozen
class HearPing:
    """Whoever knows a watch's token says that work began, ended or failed."""

    start: StartSchedulingUnit
    clock: Clock
    calendar: CronCalendar

    async def __call__(self, token: PingToken, ping: Ping) -> None:
        """Raises `WatchNotFound`."""
        async with self.start() as unit:
            watch = await unit.watches.known_by(token.digest)
            if watch.hear(ping, at=self.clock.now(), calendar=self.calendar):
                await _alert(unit, watch)
            await unit.watches.save(watch)
            await unit.commit()


@attrs.frozen
class NoticeSilence:
    """A scheduler notices the pings that did not come. Any number of them may, at once."""

    start: StartSchedulingUnit
    clock: Clock
    batch: int = 100

    async def __call__(self) -> int:
        """How many watches were due; as many as a batch holds if there may be more."""
        at = self.clock.now()
        async with self.start() as unit:
            silent = await unit.watches.silent(at=at, limit=self.batch)
            if not silent:
                return 0
            for watch in silent:
                if watch.fall_silent(at=at):
                    await _alert(unit, watch)
            await unit.watches.save(*silent)
            await unit.commit()
        return len(silent)


async def _alert(unit: SchedulingUnit, watch: Watch) -> None:
    work = AlertSilence(task_id=watch.task_id, last_ping_at=watch.last_ping_at)
    await unit.jobs.enqueue(JobRequest(work=work, institution_id=watch.institution_id))
