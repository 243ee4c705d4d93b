"""What scheduling refuses."""

from typing import Self

from homeroom.kernel.errors import Conflict, Invalid, NotFound, Stale
from homeroom.kernel.ids import TaskId


class BadSchedule(Invalid):
    """This schedule cannot be understood, or would never fire."""

    code = "bad_schedule"


class BadTask(Invalid):
    """This task cannot be made as asked. Mend what is named and send it again."""

    code = "bad_task"


class TaskNotFound(NotFound):
    """There is no such task."""

    code = "task_not_found"

    @classmethod
    def named(cls, task_id: TaskId) -> Self:
        """The refusal in the words that callers of the scheduler before us know."""
        return cls(f"Task with ID {task_id} not found")


class StaleTask(Stale):
    """Someone changed this task at the same time. Read it again and decide anew."""

    code = "stale_task"


class TaskExists(Conflict):
    """Another task is known to its file by this name already."""

    code = "task_exists"


class SystemTaskStays(Conflict):
    """This is the house's own task: it may be paused and adjusted, not deleted."""

    code = "system_task_stays"


class TaskUnreadable(Conflict):
    """This task cannot be read on this machine. Update Homeroom and its time zones here.

    A newer version wrote it, or its zone is not known. Or delete the task, and make it anew.
    """

    code = "task_unreadable"


class ExecutionNotFound(NotFound):
    """There is no such execution."""

    code = "execution_not_found"


class StaleExecution(Stale):
    """This execution changed at the same time. Read it again and decide anew."""

    code = "stale_execution"


class WatchNotFound(NotFound):
    """Nobody waits for this ping. Ask for the task's ping address again."""

    code = "watch_not_found"


class StaleWatch(Stale):
    """Someone changed this watch at the same time. Read it again and decide anew."""

    code = "stale_watch"


class BadRange(Invalid):
    """This range of time cannot be used as it stands."""

    code = "bad_range"


class UnreadableTarget(Invalid):
    """Where this is to be sent cannot be read any more. Set the task's target anew."""

    code = "unreadable_target"


class BadMessage(Invalid):
    """This message is not one that its receiver would take."""

    code = "bad_message"


class NothingSigned(NotFound):
    """This task signs nothing: only webhooks are signed."""

    code = "nothing_signed"
