"""What may stand behind the question mark, as the documentation shows it."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import attrs
from litestar.params import QueryParameter

from homeroom.kernel.ids import TaskId
from homeroom.kernel.jobs import JobState
from homeroom.kernel.page import MAX_LIMIT
from homeroom.scheduling.model.executions import ExecutionStatus
from homeroom.scheduling.model.log_lines import LogStatus
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.queries import ExecutionFilter, LogFilter
from homeroom_entrypoints.web.ranges import read_since, read_until

Cursor = Annotated[
    str | None, QueryParameter(description="What the last page gave as `nextCursor`.")
]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT, description="Rows per page.")]
QueueName = Annotated[str | None, QueryParameter(description="Only this queue.", max_length=64)]
WorkName = Annotated[str | None, QueryParameter(description="Only this work.", max_length=200)]
# The framework keeps `state` for itself, so the parameter has another name inside.
Standing = Annotated[
    JobState | None, QueryParameter(name="state", description="Only jobs that stand so.")
]
PageNumber = Annotated[int, QueryParameter(ge=1, description="Which page, counted from 1.")]
PageLimit = Limit
TaskStanding = Annotated[
    TaskStatus | None, QueryParameter(name="status", description="Only tasks that stand so.")
]
Logged = Annotated[
    LogStatus | None, QueryParameter(name="status", description="Only lines that say so.")
]
Ran = Annotated[
    ExecutionStatus | None,
    QueryParameter(name="status", description="Only executions that stand so."),
]
Tag = Annotated[str, QueryParameter(description="Only tasks with this tag.", max_length=50)]
Text = Annotated[
    str, QueryParameter(description="Somewhere in the name or description.", max_length=100)
]
OfTask = Annotated[
    UUID | None, QueryParameter(name="taskId", description="Only what belongs to this task.")
]
DateFrom = Annotated[
    str | None,
    QueryParameter(
        name="dateFrom",
        description="From this instant on, such as 2026-05-01T09:00:00Z; or this day, in UTC.",
        max_length=40,
    ),
]
DateTo = Annotated[
    str | None,
    QueryParameter(
        name="dateTo",
        description="Up to this instant, itself too; or to the end of this day, in UTC.",
        max_length=40,
    ),
]


@attrs.frozen
class Among:
    """Of which task, and from when to when, somebody looks through what ran."""

    task_id: TaskId | None
    since: datetime | None
    until: datetime | None

    @classmethod
    def said(cls, of_task: UUID | None, since: str | None, until: str | None) -> Self:
        """Raises `BadRange`."""
        task_id = None if of_task is None else TaskId(of_task)
        return cls(task_id, read_since(since), read_until(until))

    def lines(self, status: LogStatus | None) -> LogFilter:
        return LogFilter(status=status, **attrs.asdict(self))

    def executions(self, status: ExecutionStatus | None) -> ExecutionFilter:
        return ExecutionFilter(status=status, **attrs.asdict(self))
