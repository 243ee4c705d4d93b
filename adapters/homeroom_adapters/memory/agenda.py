"""Tasks, executions, receiving ends and watches, in memory, inside a unit."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from heapq import nsmallest

import attrs

from homeroom.kernel.ids import ExecutionId, InstitutionId, TaskId
from homeroom.kernel.queue import SCHEDULE
from homeroom.scheduling.errors import (
    ExecutionNotFound,
    StaleExecution,
    StaleTask,
    StaleWatch,
    TaskExists,
    TaskNotFound,
    WatchNotFound,
)
from homeroom.scheduling.model.channels import Channel
from homeroom.scheduling.model.executions import Execution, ExecutionStatus
from homeroom.scheduling.model.tasks import Task
from homeroom.scheduling.model.watches import Watch
from homeroom_adapters.memory.agenda_tables import claim_of, is_there, within
from homeroom_adapters.memory.outbox import MemoryOutbox
from homeroom_adapters.memory.transaction import Drafts, Transaction


@attrs.frozen
class MemoryTasks:
    """The tasks, inside a unit. Whoever gets one takes the store's turn, and so holds it."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        found = (await self._transaction.writing()).tasks.get(task_id)
        if found is None or found.deleted_at is not None or not within(reach, found):
            raise TaskNotFound.named(task_id)
        return found

    async def save(self, *tasks: Task) -> None:
        drafts = await self._transaction.writing()
        for task in tasks:
            known = drafts.tasks.get(task.id)
            if (0 if known is None else known.version) != task.version:
                raise StaleTask
            claimed = claim_of(task)
            if claimed is not None and drafts.tasks.holder(claimed) not in (None, task.id):
                raise TaskExists
            task.version += 1
            drafts.tasks.put(task)
            _ring_if_sooner(drafts, known.next_run_at if known else None, task.next_run_at)
            await self._outbox.put(*task.release_events())

    async def due(self, *, at: datetime, limit: int) -> Sequence[Task]:
        drafts = await self._transaction.writing()
        due = drafts.tasks.select(
            lambda task: is_there(task) and task.next_run_at is not None and task.next_run_at <= at
        )
        return nsmallest(limit, due, key=_due_first)

    async def tagged(self, tag: str, *, reach: InstitutionId | None) -> Sequence[Task]:
        drafts = await self._transaction.writing()
        tagged = drafts.tasks.select(
            lambda task: is_there(task) and within(reach, task) and tag in task.content.tags
        )
        return sorted(tagged, key=lambda task: task.id.int)

    async def imported(self, institution_id: InstitutionId, *names: str) -> Mapping[str, Task]:
        drafts = await self._transaction.writing()
        theirs = drafts.tasks.select(
            lambda task: is_there(task) and task.institution_id == institution_id
        )
        by_file = {task.imported_as: task for task in theirs if task.imported_as is not None}
        others = [task for task in theirs if task.imported_as is None]
        namesakes = Counter(task.content.name for task in others)
        by_name = {one.content.name: one for one in others if namesakes[one.content.name] == 1}
        meant = {name: by_file.get(name) or by_name.get(name) for name in names}
        return {name: task for name, task in meant.items() if task is not None}


def _ring_if_sooner(drafts: Drafts, before: datetime | None, now: datetime | None) -> None:
    """Whoever sleeps until the next is due need not be woken for what falls due later."""
    if now is not None and (before is None or now < before):
        drafts.news.add(SCHEDULE)


def _due_first(task: Task) -> tuple[object, ...]:
    return (task.next_run_at, task.id)


@attrs.frozen
class MemoryExecutions:
    """The executions, inside a unit."""

    _transaction: Transaction

    async def add(self, *executions: Execution) -> frozenset[ExecutionId]:
        drafts = await self._transaction.writing()
        new = set()
        for execution in executions:
            if drafts.executions.holder((execution.task_id, execution.key)) is None:
                self._put(drafts, execution)
                new.add(execution.id)
        return frozenset(new)

    async def get(self, execution_id: ExecutionId) -> Execution:
        found = (await self._transaction.writing()).executions.get(execution_id)
        if found is None:
            raise ExecutionNotFound
        return found

    async def save(self, *executions: Execution) -> None:
        drafts = await self._transaction.writing()
        for execution in executions:
            known = drafts.executions.get(execution.id)
            if known is None or known.version != execution.version:
                raise StaleExecution
        for execution in executions:
            self._put(drafts, execution)

    async def unfinished(
        self, *task_ids: TaskId, waiting: int | None = None
    ) -> Mapping[TaskId, Sequence[Execution]]:
        drafts, wanted = await self._transaction.writing(), frozenset(task_ids)
        found: dict[TaskId, list[Execution]] = {}
        queues: Counter[TaskId] = Counter()
        for run in sorted(
            drafts.executions.select(lambda one: one.task_id in wanted and not one.ended),
            key=lambda one: one.id.int,
        ):
            queues[run.task_id] += run.status is ExecutionStatus.BUFFERED
            if waiting is None or _is_under_way(run) or queues[run.task_id] <= waiting:
                found.setdefault(run.task_id, []).append(run)
        return found

    async def awaited(self, *task_ids: TaskId) -> frozenset[TaskId]:
        drafts, wanted = self._transaction.reading(), frozenset(task_ids)
        waiting = drafts.executions.select(
            lambda one: one.task_id in wanted and one.status is ExecutionStatus.BUFFERED
        )
        found = (drafts.tasks.get(one) for one in wanted)
        spent = {task.id for task in found if task is not None and task.is_spent}
        return frozenset({one.task_id for one in waiting} | spent)

    def _put(self, drafts: Drafts, execution: Execution) -> None:
        execution.version += 1
        drafts.executions.put(execution)
        drafts.lines.extend((execution, line) for line in execution.release_lines())


def _is_under_way(run: Execution) -> bool:
    return run.status is not ExecutionStatus.BUFFERED


@attrs.frozen
class MemoryChannels:
    """The receiving ends, inside a unit."""

    _transaction: Transaction

    async def get(self, fingerprint: str) -> Channel:
        await self._transaction.writing()
        return await self.look(fingerprint)

    async def look(self, fingerprint: str) -> Channel:
        found = self._transaction.reading().channels.get(fingerprint)
        return Channel(fingerprint=fingerprint) if found is None else found

    async def save(self, channel: Channel) -> None:
        (await self._transaction.writing()).channels.put(channel)


@attrs.frozen
class MemoryWatches:
    """The watches, inside a unit."""

    _transaction: Transaction
    _outbox: MemoryOutbox

    async def get(self, task_id: TaskId) -> Watch:
        found = (await self._transaction.writing()).watches.get(task_id)
        if found is None:
            raise WatchNotFound
        return found

    async def known_by(self, digest: str) -> Watch:
        drafts = await self._transaction.writing()
        holder = drafts.watches.holder(digest)
        found = None if holder is None else drafts.watches.get(holder)
        if found is None:
            raise WatchNotFound
        return found

    async def save(self, *watches: Watch) -> None:
        drafts = await self._transaction.writing()
        for watch in watches:
            known = drafts.watches.get(watch.task_id)
            if watch.version and (known is None or known.version != watch.version):
                raise StaleWatch
            watch.version = (0 if known is None else known.version) + 1
            drafts.watches.put(watch)
            _ring_if_sooner(drafts, known.deadline if known else None, watch.deadline)
            await self._outbox.put(*watch.release_events())

    async def remove(self, *task_ids: TaskId) -> None:
        drafts = await self._transaction.writing()
        for task_id in task_ids:
            if drafts.watches.get(task_id) is not None:
                drafts.watches.remove(task_id)

    async def silent(self, *, at: datetime, limit: int) -> Sequence[Watch]:
        drafts = await self._transaction.writing()
        silent = drafts.watches.select(lambda one: one.deadline is not None and one.deadline <= at)
        return nsmallest(limit, silent, key=lambda one: (one.deadline, one.task_id))
