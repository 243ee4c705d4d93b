"""Noting what people did to tasks, in the transaction that does it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from homeroom.kernel.actor import Actor
from homeroom.kernel.audit import Subject, entry_of
from homeroom.kernel.ids import TaskId
from homeroom.kernel.rights import Right
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.ports.repositories import SchedulingUnit

AsTheyWere = Mapping[TaskId, Task]


def as_they_are(tasks: Sequence[Task]) -> AsTheyWere:
    """Copies, taken before somebody changes them."""
    return {task.id: attrs.evolve(task) for task in tasks}


async def note(
    unit: SchedulingUnit,
    actor: Actor,
    right: Right,
    *tasks: Task,
    at: datetime,
    before: AsTheyWere | None = None,
) -> None:
    """That *actor* did to *tasks* what *right* lets them do; with *before*, what that changed."""
    were = before or {}
    await unit.audit.note(
        *(
            entry_of(
                actor,
                right,
                Subject(kind="task", id=task.id, institution_id=task.institution_id),
                at=at,
                before=were.get(task.id),
                after=task if task.id in were else None,
            )
            for task in tasks
        )
    )
