"""Delivering: one attempt for one execution, and what is learnt from it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import attrs

from homeroom.kernel.codec import Ambient, Undecodable
from homeroom.kernel.errors import Refusal, Unavailable
from homeroom.kernel.ids import ExecutionId
from homeroom.kernel.jobs import JobRequest, work_names
from homeroom.kernel.queue import Run
from homeroom.kernel.together import Together
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.channels import Admission
from homeroom.scheduling.model.deliveries import Answer, Outcome
from homeroom.scheduling.model.executions import Execution, ExecutionStatus, Trigger, Verdict
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.model.tasks import UNREADABLE, Task
from homeroom.scheduling.ports.repositories import StartSchedulingUnit
from homeroom.scheduling.queries import Delivery, RunQueries
from homeroom.scheduling.use_cases.concluding import conclude, follow_plainly, held
from homeroom.scheduling.use_cases.firing import MOST_AHEAD, DeliverExecution, delivery_of
from homeroom.scheduling.use_cases.posting import Post

_BY_HAND = frozenset({Trigger.MANUAL, Trigger.BACKFILL, Trigger.CHAIN})
"""What somebody asked for goes out even if the schedule is switched off."""

_TRIES_TO_NOTE = (0.05, 0.25)
"""Seconds between tries to note an attempt, before its job is given back."""

_UNDER_WAY = frozenset({ExecutionStatus.PENDING, ExecutionStatus.RETRYING})
_ROUNDING = 0.0005
"""Added to every wait: an event loop's timers may fire a fraction early."""

_LOOKS = 3
"""So often the clock is looked at: one that stands still holds nothing up."""

_BROKE_OFF = "an earlier attempt broke off, so a duplicate is possible; "
_CLOSED = {
    "circuit_open": "nothing was sent: this address lately refused too often; it is tried again "
    "in a few minutes",
    UNREADABLE: "nothing was sent: this task cannot be read here, for its zone is not known on "
    "this machine, or a newer version wrote it",
}


@attrs.frozen(kw_only=True)
class Attempt:
    """One attempt that was made, and what it brought."""

    delivery: Delivery
    answer: Answer
    begun: datetime
    number: int
    """Which attempt it is. Once so many are noted, so is this one."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing can follow from it but another attempt, or the next run in turn."""
        task, execution = self.delivery.task, self.delivery.execution
        policies = task.content.policies
        match self.answer.outcome:
            case Outcome.DELIVERED:
                return not task.is_spent and not policies.chain.on_success
            case Outcome.FAILED | Outcome.UNKNOWN:
                return execution.retry_count < policies.retries.most
            case outcome:
                return outcome is Outcome.LIMITED and not execution.has_waited(at=self.begun)


@attrs.frozen
class Deliver:
    """A worker sends for one execution: the handler of `DeliverExecution`."""

    start: StartSchedulingUnit
    runs: RunQueries
    post: Post
    calendar: CronCalendar
    ambient: Ambient
    _read: Together[ExecutionId, Delivery | None] = attrs.field(
        default=attrs.Factory(lambda self: Together(self._read_many), takes_self=True), init=False
    )
    _settle_plain: Together[Attempt, None] = attrs.field(
        default=attrs.Factory(lambda self: Together(self._settle_many), takes_self=True),
        init=False,
    )

    async def __call__(self, work: DeliverExecution, run: Run) -> None:
        delivery = await self._look_up(work.execution_id)
        if delivery is None or delivery.execution.status not in _UNDER_WAY:
            return
        if delivery.execution.version != work.version:
            return  # this job did its part, and only its end was lost: another follows it
        if reason := _why_not(delivery):
            await self._call_off(delivery, reason, run)
        elif delivery.task.unreadable:
            await self._hold_back(delivery, Admission(closed=UNREADABLE), run)
        elif delivery.task.system:
            await self._ask_for_work(delivery)
        else:
            await self._send(delivery, work, run)

    async def _send(self, delivery: Delivery, work: DeliverExecution, run: Run) -> None:
        admission = await self.post.admit(delivery, work.place)
        if admission.wait_until is not None:
            await self._put_off(work, admission.wait_until, run)
            return
        if not admission.granted:
            await self._hold_back(delivery, admission, run)
            return
        await self._wait_for_the_moment(delivery.execution)
        begun = self.ambient.clock.now()
        answer = await self.post.send(delivery, at=begun)
        if doubt := _doubt(run):
            answer = attrs.evolve(answer, message=doubt + answer.message)
        number = delivery.execution.attempts + 1
        attempt = Attempt(delivery=delivery, answer=answer, begun=begun, number=number)
        await self._settle(attempt)

    async def _wait_for_the_moment(self, execution: Execution) -> None:
        """The scheduler may work ahead of time; nothing is sent before it is due."""
        for _ in range(_LOOKS):
            left = execution.due_at - self.ambient.clock.now()
            if not timedelta(0) < left <= MOST_AHEAD:
                return
            await asyncio.sleep(left.total_seconds() + _ROUNDING)

    async def _look_up(self, wanted: ExecutionId) -> Delivery | None:
        """Many at once; where one of them does not read, each alone, so that only that one ends."""
        try:
            return await self._read(wanted)
        except Unavailable:
            raise
        except (Refusal, ValueError, LookupError, TypeError):
            (found,) = await self._read_many([wanted])
            return found

    async def _read_many(self, wanted: Sequence[ExecutionId]) -> Sequence[Delivery | None]:
        found = await self.runs.deliveries(*wanted)
        return [found.get(execution_id) for execution_id in wanted]

    async def _settle(self, attempt: Attempt) -> None:
        """Plain attempts many at once; one that changed meanwhile, or has consequences, alone.

        What was sent must be noted, or it is sent again: whatever befell the others of a round,
        or the storage for a moment, each is tried by itself.
        """
        if attempt.is_plain:
            with suppress(Refusal):
                await self._settle_plain(attempt)
                return
        for pause in _TRIES_TO_NOTE:
            with suppress(Unavailable):
                await self._settle_alone(attempt)
                return
            await asyncio.sleep(pause * (1 + self.ambient.luck()))
        await self._settle_alone(attempt)

    async def _settle_many(self, attempts: Sequence[Attempt]) -> Sequence[None]:
        async with self.start() as unit:
            runs = [attempt.delivery.execution for attempt in attempts]
            verdicts = [self._judge(attempt.delivery.execution, attempt) for attempt in attempts]
            await unit.executions.save(*runs)
            await follow_plainly(unit, list(zip(runs, verdicts, strict=True)))
            await unit.commit()
        return [None] * len(attempts)

    async def _settle_alone(self, attempt: Attempt) -> None:
        """In one transaction: the attempt, and what follows from it."""
        async with self.start() as unit:
            # The task before its execution: the scheduler takes them in the same order.
            task = await held(unit, attempt.delivery.task.id)
            execution = await unit.executions.get(attempt.delivery.execution.id)
            if execution.attempts >= attempt.number:
                return  # it was noted, and only the storage's word for that was lost
            verdict = self._judge(execution, attempt)
            await conclude(unit, task, execution, verdict, self.calendar)
            await unit.commit()

    def _judge(self, execution: Execution, attempt: Attempt) -> Verdict:
        return execution.settle(
            attempt.answer,
            attempt.delivery.task.content.policies.retries,
            started_at=attempt.begun,
            at=self.ambient.clock.now(),
            luck=self.ambient.luck(),
        )

    async def _put_off(self, work: DeliverExecution, until: datetime, run: Run) -> None:
        """Come again when it is its turn. That changes nothing about its task."""
        async with self.start() as unit:
            execution = await unit.executions.get(work.execution_id)
            if execution.version != work.version:
                return
            doubt = _doubt(run)
            if work.place is None or doubt:  # the next job knows nothing of what broke off
                at = self.ambient.clock.now()
                execution.wait(until, "rate_limit", doubt, at=at)
            else:
                execution.wait_on(until)
            await unit.executions.save(execution)
            await unit.jobs.enqueue(delivery_of(execution, place=until))
            await unit.commit()

    async def _hold_back(self, delivery: Delivery, admission: Admission, run: Run) -> None:
        why = _CLOSED.get(admission.closed, "nothing was sent: this address is closed")
        async with self.start() as unit:
            task = await held(unit, delivery.task.id)
            execution = await unit.executions.get(delivery.execution.id)
            if execution.ended:
                return
            at = self.ambient.clock.now()
            verdict = execution.close(admission.closed, _doubt(run) + why, at=at)
            await conclude(unit, task, execution, verdict, self.calendar)
            await unit.commit()

    async def _call_off(self, delivery: Delivery, reason: str, run: Run) -> None:
        async with self.start() as unit:
            task = await held(unit, delivery.task.id)
            execution = await unit.executions.get(delivery.execution.id)
            if execution.ended:
                return
            verdict = execution.cancel(reason, _doubt(run), at=self.ambient.clock.now())
            await conclude(unit, task, execution, verdict, self.calendar)
            await unit.commit()

    async def _ask_for_work(self, delivery: Delivery) -> None:
        """The house's own tasks send nothing: they ask for a job, in the unit that notes it."""
        await self._wait_for_the_moment(delivery.execution)
        begun = self.ambient.clock.now()
        request, answer = self._read_work(delivery.task)
        async with self.start() as unit:
            task = await held(unit, delivery.task.id)
            execution = await unit.executions.get(delivery.execution.id)
            if execution.ended:
                return
            if request is not None:
                await unit.jobs.enqueue(request)
            retries = delivery.task.content.policies.retries
            verdict = execution.settle(answer, retries, started_at=begun, at=begun, luck=0.0)
            await conclude(unit, task, execution, verdict, self.calendar)
            await unit.commit()

    def _read_work(self, task: Task) -> tuple[JobRequest | None, Answer]:
        wanted = work_names.class_of(task.system)
        try:
            if wanted is None:
                raise Undecodable(f"no work is named {task.system!r} here")
            work = self.ambient.codec.decode(wanted, task.content.payload)
        except Undecodable as refusal:
            message = refusal.message
            return None, Answer(outcome=Outcome.REFUSED, reason="unknown_work", message=message)
        done = Answer(outcome=Outcome.DELIVERED, message=f"asked for {task.system}")
        return JobRequest(work=work, dedupe_key=task.system), done


def _doubt(run: Run) -> str:
    """What is to be said first of a job that comes again."""
    return _BROKE_OFF if run.attempt > 1 else ""


def _why_not(delivery: Delivery) -> str:
    """Why this is not to be sent any more; empty if it is."""
    task = delivery.task
    if task.deleted_at is not None:
        return "task_deleted"
    if task.status is not TaskStatus.ACTIVE and delivery.execution.trigger not in _BY_HAND:
        return f"task_{task.status.value.lower()}"
    return ""
