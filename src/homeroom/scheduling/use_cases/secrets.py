"""Signing secrets: shown to who manages a task, and changed without a message being lost."""

from collections.abc import Callable
from typing import ClassVar

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.clock import Clock
from homeroom.kernel.ids import TaskId
from homeroom.kernel.rights import Right
from homeroom.scheduling.errors import NothingSigned
from homeroom.scheduling.model import rights
from homeroom.scheduling.model.calendar import CronCalendar
from homeroom.scheduling.model.signatures import new_secret
from homeroom.scheduling.model.targets import WebhookTarget
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.repositories import StartSchedulingUnit
from homeroom.scheduling.queries import TaskQueries
from homeroom.scheduling.use_cases.tasks import Alteration
from homeroom.scheduling.use_cases.writing import Author

Alter = Callable[[WebhookTarget], WebhookTarget]


@attrs.frozen
class ShowSecret:
    """Somebody who manages tasks looks up what a task's messages are signed with."""

    right: ClassVar[Right] = rights.SEE_SECRET
    tasks: TaskQueries
    author: Author

    async def __call__(self, actor: Actor, task_id: TaskId) -> str:
        """The newest secret. Raises `NothingSigned` for a task that signs nothing."""
        actor.require(self.right)
        task = await self.tasks.task(task_id, reach=actor.reach)
        return _webhook_of(task, self.author).secrets[0]


@attrs.frozen
class RotateSecret:
    """Somebody who manages tasks changes a secret: first both sign, and then the new one alone."""

    right: ClassVar[Right] = rights.ROTATE_SECRET
    start: StartSchedulingUnit
    author: Author
    clock: Clock
    calendar: CronCalendar

    async def __call__(self, actor: Actor, task_id: TaskId) -> str:
        """A new secret, which signs beside the old one until `settle`."""
        actor.require(self.right)
        secret = new_secret()
        await self._aim(actor, task_id, lambda webhook: webhook.rotate(secret))
        return secret

    async def settle(self, actor: Actor, task_id: TaskId) -> None:
        """The receiver knows the new secret: the old one signs no more."""
        actor.require(self.right)
        await self._aim(actor, task_id, lambda webhook: webhook.settle())

    async def _aim(self, actor: Actor, task_id: TaskId, alter: Alter) -> None:
        at = self.clock.now()

        def aim(task: Task) -> None:
            content = self.author.aim(
                task.content,
                alter(_webhook_of(task, self.author)),
                house=task.institution_id,
            )
            task.revise(content, at=at, calendar=self.calendar)

        await Alteration(self.start, actor, self.right, at).of(task_id, aim)


def _webhook_of(task: Task, author: Author) -> WebhookTarget:
    target = author.open(task.content)
    if not isinstance(target, WebhookTarget):
        raise NothingSigned
    return target
