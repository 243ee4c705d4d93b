"""Firing: what is due becomes runs and the jobs that send for them, in one transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import attrs
from attrs.validators import ge, le

from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId
from homeroom.kernel.jobs import Backoff, JobRequest, Work, WorkPolicy, work
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.due import Reckoning
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.policies import Overlap
from homeroom.scheduling.model.seating import Seating
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.repositories import SchedulingUnit, StartSchedulingUnit
from homeroom.scheduling.use_cases.alerting import AlertFailure

DELIVERIES = "deliveries"
ANOTHERS_TURN = timedelta(minutes=1)
TIME_FOR_OTHERS = timedelta(hours=1)
"""What cannot be read here, others may read: a newer version, or a machine that knows the zone.
It is left to them by turns, and set aside once nobody could for so long."""

MOST_AHEAD = timedelta(milliseconds=500)
"""What is due later than this was not asked for ahead of time: clocks disagree."""


@work(
    "scheduling.deliver.v1",
    WorkPolicy(queue=DELIVERIES, max_attempts=8, backoff=Backoff(base=2.0, cap=60.0), timeout=120),
)
@attrs.frozen(kw_only=True)
class DeliverExecution(Work):
    """Send for one execution, once. Whether again, and when, is decided by what comes of it."""

    execution_id: ExecutionId
    version: int
    """The execution's, when this was asked for: what comes again later is overtaken by then."""

    place: datetime | None = None
    """When its turn comes, at an end that had it wait."""


@work("scheduling.take_turns.v1", WorkPolicy(queue=DELIVERIES))
@attrs.frozen(kw_only=True)
class TakeTurns(Work):
    """A run of a task has ended: start the one that waits for it, or let the task end too."""

    task_id: TaskId


@attrs.frozen(kw_only=True)
class Punctuality:
    """How exact the scheduler is."""

    grace: timedelta = attrs.field(
        default=timedelta(seconds=5), validator=ge(timedelta(milliseconds=100))
    )
    """A firing that is later than this was missed, and the task's policy says what is done."""

    batch: int = attrs.field(default=200, validator=ge(1))
    ahead: timedelta = attrs.field(
        default=timedelta(0), validator=[ge(timedelta(0)), le(MOST_AHEAD)]
    )
    """How long before it is due a firing may be put in motion. Nothing is sent before: whoever
    delivers waits for the moment, with everything at hand."""


@attrs.frozen
class FireDue:
    """A scheduler fires what is due. Any number of them may, at once: none takes another's."""

    start: StartSchedulingUnit
    clock: Clock
    calendar: CronCalendar
    punctuality: Punctuality = Punctuality()

    async def __call__(self) -> int:
        """How many tasks were fired; as many as a batch holds if there may be more."""
        at, ahead = self.clock.now(), self.punctuality.ahead
        async with self.start() as unit:
            due = await unit.tasks.due(at=at + ahead, limit=self.punctuality.batch)
            exclusive = [one.id for one in due if one.content.policies.overlap is not _ALL]
            unfinished = await unit.executions.unfinished(*exclusive) if exclusive else {}
            # Whether a run overlaps is seen when it is due: until then the last one may end.
            # And whoever can read one comes before those who cannot.
            ripe = [
                task
                for task in due
                if not (task.id in unfinished or task.unreadable) or _is_due(task, at)
            ]
            if not ripe:
                return 0
            fired = [self._fire(task, unfinished.get(task.id, ()), at=at) for task in ripe]
            new = await put_in_motion(unit, [one.seating for one in fired], at=at)
            for one in fired:
                one.recount(new)
                if one.task.is_spent and one.seating.is_idle(new):
                    await _retire(unit, one.task, one.seating.overlap, at=at)
            await _alert(unit, [one for one in fired if one.task.unreadable])
            await unit.tasks.save(*ripe)
            await unit.commit()
        return len(ripe)

    def _fire(self, task: Task, unfinished: Sequence[Execution], *, at: datetime) -> "_Fired":
        ahead, grace = self.punctuality.ahead, self.punctuality.grace
        seating = Seating(task.content.policies.overlap, list(unfinished))
        if task.unreadable:
            _leave_unread(task, at)
            reckoning = Reckoning(passed_over=task.release_left_behind())
        else:
            reckoning = task.come_due(at=at + ahead, calendar=self.calendar, grace=grace + ahead)
        for run in runs_owed(task, reckoning, at=at):
            seating.admit(run, at=at)
        return _Fired(task, reckoning, seating)


_ALL = Overlap.ALLOW_ALL


@attrs.frozen
class _Fired:
    """A task that came due, for what, and which runs that made."""

    task: Task
    reckoning: Reckoning
    seating: Seating

    def recount(self, new: frozenset[ExecutionId]) -> None:
        """Those instants do not count that had been fired before."""
        if owed := len(self.reckoning.owed):
            known = sum(run.id not in new for run in self.seating.admitted[-owed:])
            self.task.take_back(known, self.reckoning)


def _leave_unread(task: Task, at: datetime) -> None:
    """To others, as long as it is not known that there are none who can read it."""
    if task.upcoming is None or at - task.upcoming <= TIME_FOR_OTHERS:
        task.put_off(until=at + ANOTHERS_TURN)
    else:
        task.set_aside(at=at)


async def _alert(unit: SchedulingUnit, set_aside: Sequence[_Fired]) -> None:
    """Tell of tasks that nobody here could read. The run that tells why is the one passed over."""
    requests = [
        JobRequest(
            work=AlertFailure(task_id=one.task.id, execution_id=run.id),
            institution_id=one.task.institution_id,
        )
        for one in set_aside
        for run in one.seating.admitted
    ]
    if requests:
        await unit.jobs.enqueue(*requests)


async def _retire(unit: SchedulingUnit, task: Task, overlap: Overlap, *, at: datetime) -> None:
    """The last firing of *task* made no run that will end and tell."""
    if overlap is _ALL:  # earlier runs were not asked for, and may be under way
        await unit.jobs.enqueue(next_turn(task.id, task.institution_id))
    else:
        task.retire(at=at)


def next_turn(task_id: TaskId, institution_id: InstitutionId) -> JobRequest:
    return JobRequest(work=TakeTurns(task_id=task_id), institution_id=institution_id)


def _is_due(task: Task, at: datetime) -> bool:
    return task.next_run_at is not None and task.next_run_at <= at


def runs_owed(task: Task, reckoning: Reckoning, *, at: datetime) -> Iterable[Execution]:
    """What *reckoning* comes to, oldest first."""
    for passed in reckoning.passed_over:
        yield Execution.passed_over(task, passed, at=at)
    for owed in reckoning.owed:
        yield Execution.owed(task, owed, due_at=task.due_at(owed.scheduled_for), at=at)


async def put_in_motion(
    unit: SchedulingUnit, seatings: Sequence[Seating], *, at: datetime
) -> frozenset[ExecutionId]:
    """Keep the new runs and those that gave way, and ask for what starts now; which are new.

    An instant that has fired already, for another scheduler whose clock was ahead, is kept once.
    """
    await unit.executions.save(*(run for seating in seatings for run in seating.displaced))
    new = await unit.executions.add(*(run for one in seatings for run in one.admitted))
    starting = [run for one in seatings for run in one.starting() if run.id in new]
    for run in filter(None, (seating.overtaken(new) for seating in seatings)):
        run.unbuffer(at=at)
        await unit.executions.save(run)
        starting.append(run)
    if starting:
        await unit.jobs.enqueue(*(delivery_of(run) for run in starting))
    return new


def delivery_of(
    run: Execution, *, again_at: datetime | None = None, place: datetime | None = None
) -> JobRequest:
    """The job that sends for *run*, at once or at *again_at*; at its *place* if it has one.

    While it is unfinished, asking for it again asks for nothing more.
    """
    return JobRequest(
        work=DeliverExecution(execution_id=run.id, version=run.version, place=place),
        institution_id=run.institution_id,
        run_at=again_at or place,
        dedupe_key=f"{run.id.hex}:{run.version}",
    )


async def keep(unit: SchedulingUnit, *tasks: Task) -> None:
    """Keep changed tasks, and note the instants that were due and will not be fired any more.

    One that has nothing left to fire for is inactive from then on, unless a run will tell so.
    """
    passed_over = [
        Execution.passed_over(task, passed, at=task.updated_at)
        for task in tasks
        for passed in task.release_left_behind()
    ]
    if passed_over:
        await unit.executions.add(*passed_over)
    if spent := [task for task in tasks if task.is_spent]:
        unfinished = await unit.executions.unfinished(*(one.id for one in spent), waiting=1)
        for task in spent:
            if task.id not in unfinished:
                task.retire(at=task.updated_at)
    await unit.tasks.save(*tasks)
