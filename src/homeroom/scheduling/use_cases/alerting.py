"""Alerts: what went wrong is told once, on a channel that is not the one that failed."""

from collections.abc import Mapping
from datetime import datetime

import attrs

from homeroom.kernel.clock import Clock
from homeroom.kernel.errors import Unavailable
from homeroom.kernel.ids import ExecutionId, TaskId
from homeroom.kernel.jobs import Backoff, JobRequest, Work, WorkPolicy, work
from homeroom.kernel.queue import Run
from homeroom.kernel.sealing import Sealer
from homeroom.scheduling.errors import ExecutionNotFound, TaskNotFound
from homeroom.scheduling.model.deliveries import Answer, Message, Outcome
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.payload_rules import wire_body
from homeroom.scheduling.model.payloads import Json, Payload
from homeroom.scheduling.model.targets import LogTarget, NotifierKind, Target, target_text
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.notifiers import Notifier
from homeroom.scheduling.ports.repositories import StartSchedulingUnit
from homeroom.scheduling.queries import RunQueries, TaskQueries
from homeroom.scheduling.use_cases.ledger import Ledger
from homeroom.scheduling.use_cases.writing import fingerprint_of

_POLICY = WorkPolicy(queue="alerts", max_attempts=10, backoff=Backoff(base=5.0, cap=600.0))
_RED = 15_158_332
_TRANSIENT = frozenset({Outcome.FAILED, Outcome.UNKNOWN})


@work("scheduling.alert_failure.v1", _POLICY)
@attrs.frozen(kw_only=True)
class AlertFailure(Work):
    """Tell whoever looks after tasks that one has given up."""

    task_id: TaskId
    execution_id: ExecutionId
    place: datetime | None = None
    """When its turn comes, at a channel that had it wait."""


@work("scheduling.alert_silence.v1", _POLICY)
@attrs.frozen(kw_only=True)
class AlertSilence(Work):
    """Tell whoever looks after tasks that a ping stayed away, or said that work failed."""

    task_id: TaskId
    last_ping_at: datetime | None
    place: datetime | None = None
    """As above."""


@attrs.frozen(kw_only=True)
class AlertChannel:
    """Where the operator wants to hear of what went wrong."""

    kind: NotifierKind = NotifierKind.LOG
    target: Target = attrs.field(factory=LogTarget, repr=False)
    fingerprint: str = ""


@attrs.frozen(kw_only=True)
class Alert:
    """What went wrong, for whichever channel tells it."""

    event: str
    title: str
    at: datetime
    facts: tuple[tuple[str, str], ...]
    """What is told beside it, in order: names people read, and texts."""

    def payload_for(self, kind: NotifierKind, *, subject: str) -> Payload:
        """The alert as messages of *kind* are written."""
        match kind:
            case NotifierKind.DISCORD:
                fields: list[Json] = [
                    {"name": name, "value": value[:1024] or "-", "inline": len(value) < 40}
                    for name, value in self.facts
                ]
                embed: dict[str, Json] = {"title": self.title, "color": _RED, "fields": fields}
                return {"embeds": [embed | {"timestamp": self.at.isoformat()}]}
            case NotifierKind.EMAIL:
                lines = [self.title, "", *(f"{name}: {value}" for name, value in self.facts)]
                return {"subject": subject, "text": "\n".join(lines)}
            case NotifierKind.WEBHOOK | NotifierKind.LOG:
                data: dict[str, Json] = {_camel(name): value for name, value in self.facts}
                return {"type": self.event, "timestamp": self.at.isoformat(), "data": data}


def _camel(name: str) -> str:
    first, *others = name.lower().split()
    return first + "".join(word.capitalize() for word in others)


@attrs.frozen
class Alarm:
    """Tells the operator, on the channel they chose, or in the log if that is what failed."""

    channel: AlertChannel
    notifiers: Mapping[NotifierKind, Notifier]
    ledger: Ledger
    sealer: Sealer
    clock: Clock

    async def tell(
        self, alert: Alert, *, about: Task, run: Run, delivery_id: str, place: datetime | None
    ) -> datetime | None:
        """When to come again, if the channel takes no more just now; else None: it was told.

        Raises `Unavailable` while the channel does not take it. The last time it tells the log,
        so that no alert is lost with its channel.
        """
        channel = self.channel
        if run.last_attempt or self._is_where(about):
            channel = AlertChannel()
        elif channel.fingerprint:
            admission = await self.ledger.ask(channel.kind, channel.fingerprint, place)
            if admission.wait_until is not None:
                return admission.wait_until
            channel = AlertChannel() if admission.closed else channel
        return await self._send_or_log(alert, channel, delivery_id)

    def _is_where(self, about: Task) -> bool:
        """Whether alerts go to the very end that *about* is sent to."""
        ours = fingerprint_of(self.sealer, self.channel.target, about.institution_id)
        return about.content.target.fingerprint == ours

    async def _send_or_log(
        self, alert: Alert, channel: AlertChannel, delivery_id: str
    ) -> datetime | None:
        answer = await self._send(alert, channel, delivery_id)
        if channel.fingerprint:
            await self.ledger.note(channel.kind, channel.fingerprint, answer)
        if answer.outcome is Outcome.LIMITED:
            return self.clock.now() + answer.wait
        if answer.outcome in _TRANSIENT:
            raise Unavailable(f"the alert channel: {answer.reason}", retry_after=answer.retry_after)
        if answer.outcome is not Outcome.DELIVERED:
            await self._send(alert, AlertChannel(), delivery_id)
        return None

    async def _send(self, alert: Alert, channel: AlertChannel, delivery_id: str) -> Answer:
        message = Message(
            target=target_text(channel.target),
            body=wire_body(channel.kind, alert.payload_for(channel.kind, subject=alert.title)),
            delivery_id=delivery_id,
            at=self.clock.now(),
        )
        return await self.notifiers[channel.kind].send(message)


@attrs.frozen
class TellFailure:
    """A worker tells that a task has given up: the handler of `AlertFailure`."""

    start: StartSchedulingUnit
    alarm: Alarm
    tasks: TaskQueries
    runs: RunQueries

    async def __call__(self, work: AlertFailure, run: Run) -> None:
        try:
            task = await self.tasks.task(work.task_id, reach=None)
            seen = await self.runs.execution(work.execution_id, reach=None)
        except (TaskNotFound, ExecutionNotFound):
            return  # deleted meanwhile: there is nobody to tell about it
        alert = _failure_of(task, seen.execution)
        delivery_id = f"alert_{work.execution_id.hex}"
        again_at = await self.alarm.tell(
            alert, about=task, run=run, delivery_id=delivery_id, place=work.place
        )
        await _put_off(self.start, work, run, again_at)


@attrs.frozen
class TellSilence:
    """A worker tells that a ping is missing: the handler of `AlertSilence`."""

    start: StartSchedulingUnit
    alarm: Alarm
    tasks: TaskQueries

    async def __call__(self, work: AlertSilence, run: Run) -> None:
        try:
            task = await self.tasks.task(work.task_id, reach=None)
        except TaskNotFound:
            return
        last = "never" if work.last_ping_at is None else work.last_ping_at.isoformat()
        alert = Alert(
            event="ping.missed",
            title="Ping Missed",
            at=self.alarm.clock.now(),
            facts=(
                ("Task ID", str(task.id)),
                ("Task Name", task.content.name),
                ("Last Ping", last),
            ),
        )
        delivery_id = f"alert_{run.job_id.hex}"
        again_at = await self.alarm.tell(
            alert, about=task, run=run, delivery_id=delivery_id, place=work.place
        )
        await _put_off(self.start, work, run, again_at)


async def _put_off(
    start: StartSchedulingUnit, work: AlertFailure | AlertSilence, run: Run, until: datetime | None
) -> None:
    """Tell it *until* then. It is another job: to wait one's turn is no attempt that failed.

    A job that comes again, because its end was lost, asks for nothing more.
    """
    if until is None:
        return
    request = JobRequest(
        work=attrs.evolve(work, place=until),
        institution_id=run.institution_id,
        run_at=until,
        dedupe_key=f"after:{run.job_id.hex}",
    )
    async with start() as unit:
        await unit.jobs.enqueue(request)
        await unit.commit()


def _failure_of(task: Task, execution: Execution) -> Alert:
    return Alert(
        event="task.failed",
        title="Task Failed",
        at=execution.changed_at,
        facts=(
            ("Task ID", str(task.id)),
            ("Task Name", task.content.name),
            ("Execution Time", (execution.started_at or execution.due_at).isoformat()),
            ("Retry Count", str(execution.retry_count)),
            ("Details", " ".join(filter(None, (execution.result, execution.message)))),
        ),
    )
