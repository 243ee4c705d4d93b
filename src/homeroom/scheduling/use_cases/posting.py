"""Posting: what a task has to say, filled in, and handed to who sends such messages."""

from collections.abc import Mapping
from datetime import datetime

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


@attrs.frozen
class Post:
    """Sends what a task has to say, once, if the ledger of receiving ends lets it."""

    sealer: Sealer
    notifiers: Mapping[NotifierKind, Notifier]
    ledger: Ledger

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
        opened = self.sealer.open(content.target.sealed, purpose=TARGETS)
        try:
            body = body_of(content, values_of(execution, task, at=at), read_target_text(opened))
        except (BadMessage, UnreadableTarget) as refusal:
            return judge_refusal(refusal)
        message = Message(target=opened, body=body, delivery_id=f"msg_{execution.id.hex}", at=at)
        return await self.notifiers[content.kind].send(message)


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
