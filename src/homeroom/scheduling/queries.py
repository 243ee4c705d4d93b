"""What can be looked up about tasks, without locks."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Generic, Protocol, TypeVar, runtime_checkable

import attrs

from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId
from homeroom.kernel.page import Page, PageRequest
from homeroom.scheduling.model.channels import Channel
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.log_lines import LogLine, LogStatus
from homeroom.scheduling.model.policies import TaskStatus
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch

S = TypeVar("S", bound=Enum)


@attrs.frozen(kw_only=True)
class TaskFilter:
    """Which tasks are meant: those that fit everything that is said."""

    status: TaskStatus | None = None
    tag: str = ""
    text: str = ""
    """Somewhere in the name or the description, in whatever case."""


@attrs.frozen(kw_only=True)
class RunFilter(Generic[S]):
    """What became of which task is meant, and when; both ends of the range belong to it."""

    task_id: TaskId | None = None
    status: S | None = None
    since: datetime | None = None
    until: datetime | None = None


@attrs.frozen(kw_only=True)
class LogFilter(RunFilter[LogStatus]):
    """Which log lines are meant, by when they were written."""


@attrs.frozen(kw_only=True)
class ExecutionFilter(RunFilter[ExecutionStatus]):
    """Which executions are meant, by when they were scheduled."""


@attrs.frozen(kw_only=True)
class LogEntry:
    """A log line, and whose it is."""

    id: int
    task_id: TaskId
    task_name: str
    execution_id: ExecutionId
    line: LogLine


@attrs.frozen(kw_only=True)
class ExecutionView:
    """An execution, its task's name, and its log, oldest line first."""

    execution: Execution
    task_name: str
    lines: Sequence[LogLine]


@attrs.frozen(kw_only=True)
class Delivery:
    """Everything needed to send for one execution, as it is right now."""

    execution: Execution
    task: Task
    """Also a deleted one: whoever sends looks."""

    channel: Channel | None
    """What is known of the receiving end; None if nothing is."""


@attrs.frozen(kw_only=True)
class Hour:
    """What ended within one hour."""

    begins: datetime
    succeeded: int
    failed: int


@attrs.frozen(kw_only=True)
class Spread:
    """The middle and the slow end of some durations, in seconds; None where there are none."""

    p50: float | None = None
    p95: float | None = None


@attrs.frozen(kw_only=True)
class Counts:
    """How many tasks there are."""

    total: int
    active: int
    inactive: int
    failed: int


@attrs.frozen(kw_only=True)
class Dashboard:
    """How the tasks of an institution are doing."""

    counts: Counts
    hours: Sequence[Hour]
    """The hours with anything in them, oldest first."""

    lateness: Spread
    latency: Spread
    upcoming: Sequence[Task]
    """The next ten to fire, the earliest first."""

    @property
    def success_rate(self) -> float | None:
        """Of what ended in these hours; None if nothing did."""
        succeeded = sum(hour.succeeded for hour in self.hours)
        ended = succeeded + sum(hour.failed for hour in self.hours)
        return succeeded / ended if ended else None


@runtime_checkable
class TaskQueries(Protocol):
    """Reads of tasks. Deleted ones are nowhere.

    Conformance: `homeroom_testing.conformance.task_queries.TaskQueriesConformance`.
    """

    async def task(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        """Raises `TaskNotFound`."""
        ...

    async def tasks(
        self, wanted: TaskFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[Task]:
        """Newest first."""
        ...

    async def watch(self, task_id: TaskId, *, reach: InstitutionId | None) -> Watch | None: ...

    async def dashboard(self, since: datetime, *, reach: InstitutionId | None) -> Dashboard:
        """Counts as of now, and what ended from *since* on."""
        ...

    async def next_due(self) -> datetime | None:
        """The earliest instant at which a task or a watch falls due; None if none ever does."""
        ...


@runtime_checkable
class RunQueries(Protocol):
    """Reads of what ran. The runs of deleted tasks are nowhere, but for `deliveries`.

    Conformance: `homeroom_testing.conformance.run_queries.RunQueriesConformance`.
    """

    async def deliveries(self, *wanted: ExecutionId) -> Mapping[ExecutionId, Delivery]:
        """Those of the *wanted* that there are."""
        ...

    async def execution(
        self, execution_id: ExecutionId, *, reach: InstitutionId | None
    ) -> ExecutionView:
        """Raises `ExecutionNotFound`."""
        ...

    async def executions(
        self, wanted: ExecutionFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[ExecutionView]:
        """Newest first."""
        ...

    async def log(
        self, wanted: LogFilter, page: PageRequest, *, reach: InstitutionId | None
    ) -> Page[LogEntry]:
        """Newest first."""
        ...


@runtime_checkable
class History(Protocol):
    """What is kept of the past, and for how long.

    Conformance: `homeroom_testing.conformance.history.HistoryConformance`.
    """

    async def forget(self, *, ended_before: datetime, limit: int) -> int:
        """Forget executions that ended before then, with their log; those of deleted tasks,
        unless they are under way; and tasks deleted before then of which nothing else is left.

        Up to *limit* of all these; how many.
        """
        ...

    async def forget_ends(self, *, at: datetime) -> int:
        """Forget the receiving ends that say nothing any more, and that no task is sent to; how
        many."""
        ...

    async def abandoned(self, *, unchanged_since: datetime, limit: int) -> Sequence[ExecutionId]:
        """Executions under way that nothing has happened to since then, the oldest first."""
        ...
