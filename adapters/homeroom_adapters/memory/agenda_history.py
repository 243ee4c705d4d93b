"""What is kept of scheduling's past, in memory: forgotten in portions, looked after meanwhile."""

from collections.abc import Sequence
from datetime import datetime
from heapq import nsmallest

import attrs

from homeroom.kernel.ids import ExecutionId, TaskId
from homeroom.scheduling.model.executions import ExecutionStatus
from homeroom_adapters.memory.agenda_tables import is_there
from homeroom_adapters.memory.store import Store

_UNDER_WAY = frozenset({ExecutionStatus.PENDING, ExecutionStatus.RETRYING})


@attrs.frozen
class MemoryHistory:
    """Forgets the past, and finds what was abandoned in it."""

    _store: Store

    async def forget(self, *, ended_before: datetime, limit: int) -> int:
        store = self._store
        await store.turn.take()
        try:
            with store.lock:
                forgotten = self._forgettable(ended_before)[:limit]
                for run_id in forgotten:
                    store.executions.remove(run_id)
                store.log.forget(frozenset(forgotten))
                emptied = self._emptied(ended_before)[: limit - len(forgotten)]
                for task_id in emptied:
                    store.tasks.remove(task_id)
        finally:
            store.turn.give_up()
        return len(forgotten) + len(emptied)

    async def forget_ends(self, *, at: datetime) -> int:
        store = self._store
        await store.turn.take()
        try:
            with store.lock:
                tasks, ends = store.tasks.rows.values(), store.channels.rows.values()
                used = {task.content.target.fingerprint for task in tasks if is_there(task)}
                silent = [end.fingerprint for end in ends if end.says_nothing(at=at)]
                forgotten = [end for end in silent if end not in used]
                for end in forgotten:
                    store.channels.remove(end)
        finally:
            store.turn.give_up()
        return len(forgotten)

    async def abandoned(self, *, unchanged_since: datetime, limit: int) -> Sequence[ExecutionId]:
        with self._store.lock:
            runs = list(self._store.executions.rows.values())
        found = [
            run for run in runs if run.status in _UNDER_WAY and run.changed_at <= unchanged_since
        ]
        return [run.id for run in nsmallest(limit, found, key=lambda one: one.changed_at)]

    def _forgettable(self, ended_before: datetime) -> list[ExecutionId]:
        tasks = self._store.tasks.rows
        return [
            run.id
            for run in self._store.executions.rows.values()
            if (not is_there(tasks[run.task_id]) and run.status not in _UNDER_WAY)
            or (run.finished_at is not None and run.finished_at < ended_before)
        ]

    def _emptied(self, deleted_before: datetime) -> list[TaskId]:
        ran = {run.task_id for run in self._store.executions.rows.values()}
        return [
            task.id
            for task in self._store.tasks.rows.values()
            if task.deleted_at is not None
            and task.deleted_at < deleted_before
            and task.id not in ran
        ]
