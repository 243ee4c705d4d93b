"""What scheduling tells: tasks that came, changed, failed and went, and silences."""

import attrs

from homeroom.kernel.aggregates import Event, event
from homeroom.kernel.ids import TaskId


@event("scheduling.task_created.v1")
@attrs.frozen(kw_only=True)
class TaskCreated(Event):
    """A task exists from now on."""

    task_id: TaskId


@event("scheduling.task_changed.v1")
@attrs.frozen(kw_only=True)
class TaskChanged(Event):
    """Somebody changed what a task is, or whether it fires."""

    task_id: TaskId


@event("scheduling.task_deleted.v1")
@attrs.frozen(kw_only=True)
class TaskDeleted(Event):
    """A task and its history are gone."""

    task_id: TaskId


@event("scheduling.task_failed.v1")
@attrs.frozen(kw_only=True)
class TaskFailed(Event):
    """A task gave up and fires no more until somebody looks; the task itself says why."""

    task_id: TaskId


@event("scheduling.ping_missed.v1")
@attrs.frozen(kw_only=True)
class PingMissed(Event):
    """A ping that a task expects did not come in time."""

    task_id: TaskId


@event("scheduling.ping_returned.v1")
@attrs.frozen(kw_only=True)
class PingReturned(Event):
    """A ping came again after it had been missed."""

    task_id: TaskId
