"""What follows from an attempt: another one, the next run in turn, a chain, or an alert."""

from collections.abc import Sequence

import attrs

from homeroom.kernel.ids import ExecutionId, TaskId
from homeroom.kernel.jobs import JobRequest, Work, WorkPolicy, work
from homeroom.scheduling.errors import TaskNotFound
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.executions import MOST_CHAINED, Execution, ExecutionStatus, Verdict
from homeroom.scheduling.model.seating import next_in_turn
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.repositories import SchedulingUnit
from homeroom.scheduling.use_cases.alerting import AlertFailure
from homeroom.scheduling.use_cases.firing import delivery_of, keep, next_turn


@work("scheduling.run_after.v1", WorkPolicy(queue="deliveries"))
@attrs.frozen(kw_only=True)
class RunAfter(Work):
    """Run a task because another one ended."""

    task_id: TaskId
    after: ExecutionId
    links: int


async def follow_plainly(
    unit: SchedulingUnit, settled: Sequence[tuple[Execution, Verdict]]
) -> None:
    """Put in motion what follows from attempts that change nothing about their tasks.

    No task is held: whoever buffers a run behind one of these, or fires a task for the last time
    beside them, locks that one first. So what began to wait for their end before they were saved
    is seen here, and what comes later finds them ended.
    """
    requests = [
        delivery_of(run, again_at=verdict.again_at)
        for run, verdict in settled
        if verdict.again_at is not None
    ]
    ended = {run.task_id: run for run, _ in settled if run.ended}
    awaited = await unit.executions.awaited(*ended)
    requests += [next_turn(task_id, ended[task_id].institution_id) for task_id in awaited]
    if requests:
        await unit.jobs.enqueue(*requests)


async def held(unit: SchedulingUnit, task_id: TaskId) -> Task | None:
    """The task, held; None once it is deleted."""
    try:
        return await unit.tasks.get(task_id, reach=None)
    except TaskNotFound:
        return None


async def conclude(
    unit: SchedulingUnit,
    task: Task | None,
    execution: Execution,
    verdict: Verdict,
    calendar: CronCalendar,
) -> None:
    """Keep what became of *execution*, and put in motion what follows. *task* is held already.

    Nothing follows for a task that was deleted meanwhile.
    """
    await unit.executions.save(execution)
    if task is None:
        return
    if verdict.again_at is not None and not execution.ended:
        await unit.jobs.enqueue(delivery_of(execution, again_at=verdict.again_at))
    elif execution.ended:
        await _follow_up(unit, task, execution, verdict, calendar)


async def _follow_up(
    unit: SchedulingUnit,
    task: Task,
    execution: Execution,
    verdict: Verdict,
    calendar: CronCalendar,
) -> None:
    at = execution.changed_at
    requests: list[JobRequest] = []
    is_awaited = bool(await unit.executions.awaited(task.id))
    following = next_in_turn(await unfinished_of(unit, task, waiting=1)) if is_awaited else None
    if following is not None:
        following.unbuffer(at=at)
        await unit.executions.save(following)
        requests.append(delivery_of(following))
    if verdict.fails_task and task.fail(execution.result, at=at, calendar=calendar):
        await keep(unit, task)
        requests.append(_alert(execution))
    elif task.is_spent and not await unfinished_of(unit, task, waiting=1):
        task.retire(at=at)
        await unit.tasks.save(task)
    requests += _chained(task, execution)
    if requests:
        await unit.jobs.enqueue(*requests)


async def unfinished_of(
    unit: SchedulingUnit, task: Task, *, waiting: int | None = None
) -> tuple[Execution, ...]:
    found = await unit.executions.unfinished(task.id, waiting=waiting)
    return tuple(found.get(task.id, ()))


def _alert(execution: Execution) -> JobRequest:
    work = AlertFailure(task_id=execution.task_id, execution_id=execution.id)
    return JobRequest(work=work, institution_id=execution.institution_id)


def _chained(task: Task, execution: Execution) -> list[JobRequest]:
    """The tasks that run next, unless the chain is long enough or this run was called off."""
    succeeded = execution.status is ExecutionStatus.SUCCESS
    if execution.links >= MOST_CHAINED or execution.status is ExecutionStatus.CANCELLED:
        return []
    return [
        JobRequest(
            work=RunAfter(task_id=following, after=execution.id, links=execution.links + 1),
            institution_id=execution.institution_id,
        )
        for following in task.content.policies.chain.after(success=succeeded)
    ]
