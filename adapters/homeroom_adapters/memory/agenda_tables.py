"""What of scheduling is committed: tables by key, and the log."""

from collections.abc import Hashable, Iterable

import attrs

from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId
from homeroom.scheduling.model.channels import Channel
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.log_lines import LogLine
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch
from homeroom_adapters.memory.tables import Table


def tasks() -> Table[TaskId, Task]:
    return Table(key=lambda one: one.id, unique=claim_of, copied=attrs.evolve)


def executions() -> Table[ExecutionId, Execution]:
    return Table(
        key=lambda one: one.id, unique=lambda one: (one.task_id, one.key), copied=attrs.evolve
    )


def channels() -> Table[str, Channel]:
    return Table(key=lambda one: one.fingerprint, unique=lambda _: None, copied=attrs.evolve)


def watches() -> Table[TaskId, Watch]:
    return Table(key=lambda one: one.task_id, unique=lambda one: one.digest, copied=attrs.evolve)


def claim_of(task: Task) -> Hashable | None:
    """What no two tasks of an institution share: the house's own work, or a file's name."""
    if task.deleted_at is not None:
        return None
    if task.system:
        return ("system", task.institution_id, task.system)
    if task.imported_as is not None:
        return ("imported", task.institution_id, task.imported_as)
    return None


def is_there(task: Task) -> bool:
    """Whether anybody may see *task*."""
    return task.deleted_at is None


def within(reach: InstitutionId | None, one: Task | Execution | Watch) -> bool:
    return reach is None or one.institution_id == reach


@attrs.frozen
class Written:
    """A line, and what it was written for."""

    id: int
    task_id: TaskId
    execution_id: ExecutionId
    line: LogLine


@attrs.define(eq=False)
class Log:
    """Committed log lines, oldest first, each with a number of its own."""

    written: list[Written] = attrs.field(factory=list, init=False)
    _last: int = attrs.field(default=0, init=False, alias="last")

    def append(self, lines: Iterable[tuple[Execution, LogLine]]) -> None:
        for execution, line in lines:
            self._last += 1
            self.written.append(Written(self._last, execution.task_id, execution.id, line))

    def forget(self, executions: frozenset[ExecutionId]) -> None:
        self.written = [one for one in self.written if one.execution_id not in executions]
