"""Posting: what a task has to say, filled in, and handed to who sends such messages."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import attrs

from homeroom.kernel.sealing import Sealer
from homeroom.scheduling.errors import BadMessage, UnreadableTarget
from homeroom.scheduling.model.channels import Admission
from homeroom.scheduling.model.deliveries import Answer, Message
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.judging import judge_refusal
from homeroom.scheduling.model.payload_rules import filled, wire_body
from homeroom.scheduling.model.payloads import read_payload
from homeroom.scheduling.model.targets import NotifierKind, Target, read_target_text
from homeroom.scheduling.model.tasks import Content, Task
from homeroom.scheduling.model.templates import Values
from homeroom.scheduling.ports.notifiers import Notifier
from homeroom.scheduling.queries import Delivery
from homeroom.scheduling.use_cases.ledger import Ledger
from homeroom.scheduling.use_cases.writing import TARGETS

_MARK = "{{"
"""What every variable begins with, and nothing that is kept writes otherwise."""

_REMEMBERED = 1_024
_NO_VALUES = Values(
    task_name="",
    task_id="",
    execution_id="",
    now=datetime.fromtimestamp(0, UTC),
    scheduled_for=datetime.fromtimestamp(0, UTC),
    attempt=0,
)


@attrs.frozen
class Post:
    """Sends what a task has to say, once, if the ledger of receiving ends lets it."""

    sealer: Sealer
    notifiers: Mapping[NotifierKind, Notifier]
    ledger: Ledger
    _open: Callable[[str], str] = attrs.field(
        default=attrs.Factory(lambda self: lru_cache(_REMEMBERED)(self._opened), takes_self=True),
        init=False,
        eq=False,
        repr=False,
    )
    """A task fires again and again, and where it is sent does not change with that."""

    async def admit(self, delivery: Delivery, place: datetime | None) -> Admission:
        """Whether to send now; who was told to wait names the *place* that this gave."""
        return await self.ledger.admit(delivery, place)

    async def send(self, delivery: Delivery, *, at: datetime) -> Answer:
        """What came of it. Raises `Unsealable`: that is the operator's to mend, not the task's."""
        answer = await self._send(delivery.execution, delivery.task, at)
        await self.ledger.enter(delivery, answer)
        return answer

    async def _send(self, execution: Execution, task: Task, at: datetime) -> Answer:
        content = task.content
        opened = self._open(content.target.sealed)
        try:
            if _MARK in content.payload or _MARK in opened:
                target = read_target_text(opened)
                body = body_of(content, values_of(execution, task, at=at), target)
            else:
                body = _unchanging(content.kind, content.payload, opened)
        except (BadMessage, UnreadableTarget) as refusal:
            return judge_refusal(refusal)
        message = Message(target=opened, body=body, delivery_id=f"msg_{execution.id.hex}", at=at)
        return await self.notifiers[content.kind].send(message)

    def _opened(self, sealed: str) -> str:
        return self.sealer.open(sealed, purpose=TARGETS)


@lru_cache(_REMEMBERED)
def _unchanging(kind: NotifierKind, payload: str, opened: str) -> str:
    """The body of a message without variables: the same whoever asks, and whenever."""
    return wire_body(
        kind, filled(kind, read_payload(payload), _NO_VALUES, read_target_text(opened))
    )


def body_of(content: Content, values: Values, target: Target) -> str:
    """The very body that is sent for *content*."""
    payload = filled(content.kind, read_payload(content.payload), values, target)
    return wire_body(content.kind, payload)


def values_of(execution: Execution, task: Task, *, at: datetime) -> Values:
    """What a task's templates may speak of, in its next attempt."""
    return Values(
        task_name=task.content.name,
        task_id=str(task.id),
        execution_id=str(execution.id),
        now=at,
        scheduled_for=execution.scheduled_for,
        attempt=execution.attempts + 1,
    )
