"""Chains as callers say them: whether the tasks that are to run next are there at all."""

from collections.abc import Iterator

import attrs

from homeroom.kernel.errors import Problem
from homeroom.kernel.ids import InstitutionId, TaskId
from homeroom.scheduling.errors import TaskNotFound
from homeroom.scheduling.model.policies import MOST_CHAINED
from homeroom.scheduling.queries import TaskQueries
from homeroom.scheduling.use_cases.given import PoliciesGiven, Unsaid


@attrs.frozen
class Chains:
    """Knows which tasks may be chained to one: those of its own institution, never itself.

    A longer way back to itself is let through: it may be meant, as when two tasks relieve each
    other; it ends after ten links, and two people who save at once could close it unseen.
    """

    tasks: TaskQueries

    async def wrong_in(self, given: PoliciesGiven, house: InstitutionId) -> list[Problem]:
        """What is wrong with the chains of a task of *house*."""
        return [
            Problem(field, f"there is no task {task_id}")
            for field, task_id in _said(given)
            if not await self._knows(task_id, house)
        ]

    async def wrong_beside(
        self, given: PoliciesGiven, task_id: TaskId, *, reach: InstitutionId | None
    ) -> list[Problem]:
        """The same for the chains of the task *task_id*. Raises `TaskNotFound`."""
        if not any(_said(given)):
            return []
        task = await self.tasks.task(task_id, reach=reach)
        return await self.wrong_in(given, task.institution_id)

    async def _knows(self, task_id: TaskId, house: InstitutionId) -> bool:
        try:
            await self.tasks.task(task_id, reach=house)
        except TaskNotFound:
            return False
        return True


def bites_its_tail(given: PoliciesGiven, own: TaskId) -> list[Problem]:
    """What is wrong if the task *own* is to run after itself."""
    wanted = f"must not name the task itself, {own}"
    return [Problem(field, wanted) for field, task_id in _said(given) if task_id == own]


def _said(given: PoliciesGiven) -> Iterator[tuple[str, TaskId]]:
    for field, chained in (("onSuccess", given.on_success), ("onFailure", given.on_failure)):
        if not isinstance(chained, Unsaid):
            for index, task_id in enumerate(chained[:MOST_CHAINED]):
                yield f"{field}[{index}]", task_id
