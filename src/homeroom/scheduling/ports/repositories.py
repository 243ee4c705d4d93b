"""Places for tasks, executions, receiving ends and watches, inside one unit of work."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId
from homeroom.kernel.unit_of_work import UnitOfWork
from homeroom.scheduling.model.channels import Channel
from homeroom.scheduling.model.executions import Execution
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch


class Tasks(Protocol):
    """The tasks of every institution; deleted ones are not found by any of these.

    What a unit gets here it holds: nobody else changes it until the unit ends. `save` puts
    released events in the outbox, atomically, and a hint to whoever waits for what is due.
    One that cannot be read here is there nevertheless, and says so (`Task.unreadable`): nobody's
    work stands still for it, and saving it keeps what it was.
    Conformance: `homeroom_testing.conformance.tasks.TasksConformance`.
    """

    async def get(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        """Raises `TaskNotFound`, also for a task of an institution out of *reach*."""
        ...

    async def save(self, *tasks: Task) -> None:
        """Keep new tasks and changed ones.

        Raises `StaleTask` after a newer save, and `TaskExists` if within its institution another
        task that is not deleted has its `imported_as`, or its `system`.
        """
        ...

    async def due(self, *, at: datetime, limit: int) -> Sequence[Task]:
        """Up to *limit* tasks with `next_run_at` not after *at*, the earliest first.

        Tasks that another unit holds are left to it, not waited for.
        """
        ...

    async def tagged(self, tag: str, *, reach: InstitutionId | None) -> Sequence[Task]:
        """Every task with this tag, in the order of their ids."""
        ...

    async def imported(self, institution_id: InstitutionId, *names: str) -> Mapping[str, Task]:
        """For each of *names* the task whose `imported_as` it is; else the only one that is
        named so and was not imported; names without either are absent.

        They are held in the order of their ids, as those of `tagged` are, whatever the order of
        the names: nobody waits for whoever waits for them.
        """
        ...


class Executions(Protocol):
    """The executions of every task. What a unit gets here it holds.

    Conformance: `homeroom_testing.conformance.executions.ExecutionsConformance`.
    """

    async def add(self, *executions: Execution) -> frozenset[ExecutionId]:
        """Keep new executions with their log lines; answers which are new.

        One whose key is taken within its task is left out: that instant has fired already.
        """
        ...

    async def get(self, execution_id: ExecutionId) -> Execution:
        """Raises `ExecutionNotFound`."""
        ...

    async def save(self, *executions: Execution) -> None:
        """Keep changed executions and their new log lines, all or none.

        Raises `StaleExecution` if one of them was saved by somebody else meanwhile.
        """
        ...

    async def unfinished(
        self, *task_ids: TaskId, waiting: int | None = None
    ) -> Mapping[TaskId, Sequence[Execution]]:
        """Those of each task that have not ended, oldest first; tasks without any are absent.

        Of those that wait their turn the first *waiting*, if that is said: there may be many.
        """
        ...

    async def awaited(self, *task_ids: TaskId) -> frozenset[TaskId]:
        """Which of these tasks wait for a run to end: because another one waits its turn, or they
        have fired for the last time. Nothing of it is held, but none is overlooked that began to
        wait for a run which this unit has saved."""
        ...


class Channels(Protocol):
    """The receiving ends, by fingerprint.

    Conformance: `homeroom_testing.conformance.channels.ChannelsConformance`.
    """

    async def get(self, fingerprint: str) -> Channel:
        """As it is known, and held; a new one if it is not known."""
        ...

    async def look(self, fingerprint: str) -> Channel:
        """As it was known at the last commit, or in this unit; nobody is kept from changing it."""
        ...

    async def save(self, channel: Channel) -> None: ...


class Watches(Protocol):
    """The watches over tasks. What a unit gets here it holds.

    Conformance: `homeroom_testing.conformance.watches.WatchesConformance`.
    """

    async def get(self, task_id: TaskId) -> Watch:
        """Raises `WatchNotFound`."""
        ...

    async def known_by(self, digest: str) -> Watch:
        """The watch whose token has this digest. Raises `WatchNotFound`."""
        ...

    async def save(self, *watches: Watch) -> None:
        """Keep new and changed watches; a new one takes the place of the task's old one.

        Puts released events in the outbox, atomically, and a hint to whoever waits for what is
        due. Raises `StaleWatch` after a newer save, and after `remove`.
        """
        ...

    async def remove(self, *task_ids: TaskId) -> None:
        """No watch over these tasks any more, if there was one."""
        ...

    async def silent(self, *, at: datetime, limit: int) -> Sequence[Watch]:
        """Up to *limit* watches whose deadline is not after *at*, the earliest first.

        Watches that another unit holds are left to it.
        """
        ...


class SchedulingUnit(UnitOfWork, Protocol):
    """One transaction over scheduling."""

    @property
    def tasks(self) -> Tasks: ...

    @property
    def executions(self) -> Executions: ...

    @property
    def channels(self) -> Channels: ...

    @property
    def watches(self) -> Watches: ...


@runtime_checkable
class StartSchedulingUnit(Protocol):
    def __call__(self) -> SchedulingUnit: ...
