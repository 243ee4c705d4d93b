"""Tasks inside a unit of work: what is read is held, and many are kept in one statement."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs
import sqlalchemy as sa

from homeroom.kernel.errors import Conflict, Stale
from homeroom.kernel.ids import InstitutionId, TaskId
from homeroom.scheduling.errors import StaleTask, TaskExists, TaskNotFound
from homeroom.scheduling.model.tasks import Task
from homeroom_adapters.sql.agenda import Agenda
from homeroom_adapters.sql.alchemy import AsyncConnection
from homeroom_adapters.sql.fixed import Fixed
from homeroom_adapters.sql.outbox import SqlOutbox
from homeroom_adapters.sql.rows import Select
from homeroom_adapters.sql.scheduling_rows import (
    content_cells,
    state_cells,
    task_cells,
    task_from,
)
from homeroom_adapters.sql.scheduling_tables import task_tags, tasks
from homeroom_adapters.sql.sent import Cell
from homeroom_adapters.sql.sent_rows import ForMany, inserting, sent_along

LIVING = tasks.c.deleted_at.is_(None)


@attrs.frozen
class SqlTasks:
    """The tasks, inside a unit."""

    _connection: AsyncConnection
    _outbox: SqlOutbox
    _agenda: Agenda

    async def get(self, task_id: TaskId, *, reach: InstitutionId | None) -> Task:
        found = await self._held(
            _ONE if reach is None else _ONE_WITHIN, wanted=task_id, reach=reach
        )
        if not found:
            raise TaskNotFound.named(task_id)
        return found[0]

    async def due(self, *, at: datetime, limit: int) -> Sequence[Task]:
        return await self._held(_DUE, now=at, at_most=limit)

    async def tagged(self, tag: str, *, reach: InstitutionId | None) -> Sequence[Task]:
        statement = _TAGGED if reach is None else _TAGGED_WITHIN
        found = await self._held(statement, tag=tag, reach=reach)
        # Whoever held one before us may have taken the tag away.
        return [task for task in found if tag in task.content.tags]

    async def imported(self, institution_id: InstitutionId, *names: str) -> Mapping[str, Task]:
        if not names:
            return {}
        sought: list[Mapping[str, Cell]] = [
            {"institution_id": institution_id, "name": name} for name in dict.fromkeys(names)
        ]
        rows = await _IMPORTED.run(self._connection, sought)
        held = [self._agenda.note_task(task_from(row)) for row in rows]
        by_file = {task.imported_as: task for task in held if task.imported_as is not None}
        by_name = {task.content.name: task for task in held if task.imported_as is None}
        meant = {name: by_file.get(name) or by_name.get(name) for name in names}
        return {name: task for name, task in meant.items() if task is not None}

    async def save(self, *tasks: Task) -> None:
        new = [task for task in tasks if task.version == 0]
        known = [task for task in tasks if task.version != 0]
        left = [task for task in known if _is_left_to_others(task)]
        known = [task for task in known if not _is_left_to_others(task)]
        moved = [task for task in known if task.unreadable or self._agenda.is_same(task)]
        changed = [task for task in known if not (task.unreadable or self._agenda.is_same(task))]
        if new:
            await self._insert(new)
        if left:
            await self._expect(left, await _PUT_OFF.run(self._connection, map(_put_off, left)))
        if moved:
            await self._expect(moved, await _MOVE.run(self._connection, map(_moved, moved)))
        if changed:
            await self._change(changed)
        for task in tasks:
            task.version += 1
        await self._agenda.tell(self._connection, *tasks)
        await self._outbox.put(*(one for task in tasks for one in task.release_events()))

    async def _held(self, statement: Fixed, **values: object) -> list[Task]:
        said = {name: value for name, value in values.items() if value is not None}
        rows = await statement.run(self._connection, said)
        return [self._agenda.note_task(task_from(row)) for row in rows]

    async def _insert(self, new: Sequence[Task]) -> None:
        # Names are taken in one order by all: each of two might wait for the other's otherwise.
        by_name = sorted(new, key=lambda task: task.imported_as or "")
        rows = await _INSERT.run(self._connection, map(task_cells, by_name))
        await self._expect(new, rows)
        await self._tag(new)

    async def _change(self, changed: Sequence[Task]) -> None:
        try:
            rows = await _CHANGE.run(self._connection, map(_changed, changed))
        except Stale:
            raise
        except Conflict as refusal:  # another unit has just committed a task of this name
            raise TaskExists from refusal
        await self._expect(changed, rows)
        retagged = [task for task in changed if not self._agenda.has_tags_of(task)]
        if retagged:
            await _UNTAG.run(self._connection, [{"task_id": task.id} for task in retagged])
            await self._tag(retagged)

    async def _tag(self, tagged: Sequence[Task]) -> None:
        rows: list[Mapping[str, Cell]] = [
            {"task_id": task.id, "tag": tag, "institution_id": task.institution_id}
            for task in tagged
            for tag in dict.fromkeys(task.content.tags)
        ]
        if rows:
            await _TAG.run(self._connection, rows)

    async def _expect(self, saved: Sequence[Task], rows: Sequence[Sequence[Any]]) -> None:
        """Raises `StaleTask` or `TaskExists` unless all of *saved* are among *rows*."""
        if len(rows) == len(saved):
            return
        kept = {row[0] for row in rows}
        for task in saved:
            if task.id not in kept:
                known = await _VERSION.run(self._connection, {"wanted": task.id})
                is_stale = [row[0] for row in known] != ([task.version] if task.version else [])
                raise StaleTask if is_stale else TaskExists
        raise StaleTask  # the same one twice


def _is_left_to_others(task: Task) -> bool:
    """Whatever else is done with a task that cannot be read, stops it: this one was put off. What
    it is, down to a status or a pause that nobody here knows, stays in its row."""
    return task.unreadable and task.next_run_at is not None


def _put_off(task: Task) -> dict[str, Cell]:
    return {"id": task.id, "version": task.version, "next_run_at": task.next_run_at}


def _moved(task: Task) -> dict[str, Cell]:
    return {"id": task.id, "version": task.version, **state_cells(task)}


def _changed(task: Task) -> dict[str, Cell]:
    return {**_moved(task), **content_cells(task.content)}


_WANTED = sa.bindparam("wanted", type_=tasks.c.id.type)
_REACH = sa.bindparam("reach", type_=tasks.c.institution_id.type)
_WITHIN_REACH = tasks.c.institution_id == _REACH


def _one(_dialect: str) -> Select:
    return sa.select(tasks).where(tasks.c.id == _WANTED, LIVING).with_for_update()


def _due(_dialect: str) -> Select:
    now = sa.bindparam("now", type_=tasks.c.next_run_at.type)
    return (
        sa.select(tasks)
        .where(tasks.c.next_run_at <= now, tasks.c.next_run_at.is_not(None), LIVING)
        .order_by(tasks.c.next_run_at, tasks.c.id)
        .limit(sa.bindparam("at_most", type_=sa.Integer))
        .with_for_update(skip_locked=True)
    )


def _tagged(_dialect: str) -> Select:
    having = sa.select(task_tags.c.task_id).where(task_tags.c.tag == sa.bindparam("tag"))
    every = sa.select(tasks).where(tasks.c.id.in_(having), LIVING)
    return every.order_by(tasks.c.id).with_for_update()


def _tagged_within(_dialect: str) -> Select:
    having = sa.select(task_tags.c.task_id).where(
        task_tags.c.tag == sa.bindparam("tag"), task_tags.c.institution_id == _REACH
    )
    every = sa.select(tasks).where(tasks.c.id.in_(having), LIVING)
    return every.order_by(tasks.c.id).with_for_update()


def _imported(dialect: str) -> Select:
    """Held in the order of their ids, as everybody holds several: whatever a file's order."""
    sent, known, namesake = _SOUGHT.table(dialect), tasks.alias("known"), tasks.alias("namesake")
    by_file = sa.select(known.c.id).where(
        known.c.institution_id == sent["institution_id"],
        known.c.imported_as == sent["name"],
        known.c.deleted_at.is_(None),
    )
    of_a_name = sa.func.count().over(partition_by=namesake.c.name)
    named = sa.select(namesake.c.id, of_a_name.label("many")).where(
        namesake.c.institution_id == sent["institution_id"],
        namesake.c.name == sent["name"],
        namesake.c.imported_as.is_(None),
        namesake.c.deleted_at.is_(None),
    )
    alike = named.subquery("alike")
    by_name = sa.select(alike.c.id).where(alike.c.many == sa.literal_column("1"))
    every = sa.select(tasks).where(tasks.c.id.in_(sa.union_all(by_file, by_name)), LIVING)
    return every.order_by(tasks.c.id).with_for_update()


def _version(_dialect: str) -> Select:
    return sa.select(tasks.c.version).where(tasks.c.id == _WANTED)


_ONE, _ONE_WITHIN = Fixed(_one), Fixed(lambda dialect: _one(dialect).where(_WITHIN_REACH))
_DUE, _VERSION = Fixed(_due), Fixed(_version)
_TAGGED, _TAGGED_WITHIN = Fixed(_tagged), Fixed(_tagged_within)

_STATE = (
    *("id", "version", "status", "failure", "pause", "fired", "upcoming", "next_run_at"),
    *("imported_as", "updated_at", "deleted_at"),
)
_CONTENT = (
    *("name", "description", "sought", "tags", "kind", "payload", "timing", "policies"),
    *("target_sealed", "target_mask", "target_fingerprint"),
)
_NEW = sent_along("new", tasks, *(column.name for column in tasks.c))
_MOVED = sent_along("moved", tasks, *_STATE)
_LEFT = sent_along("left_alone", tasks, "id", "version", "next_run_at")
_CHANGED = sent_along("changed", tasks, *_STATE, *_CONTENT)
_SOUGHT = sent_along("sought", tasks, "institution_id", "name")
_TAGS = sent_along("tags", task_tags, "task_id", "tag", "institution_id")
_UNTAGGED = sent_along("untagged", task_tags, "task_id")


def _insert(dialect: str) -> Any:
    return inserting(dialect, tasks, _NEW).on_conflict_do_nothing().returning(tasks.c.id)


def _move(dialect: str) -> Any:
    return _update(_MOVED.table(dialect)).returning(tasks.c.id)


def _leave(dialect: str) -> Any:
    return _update(_LEFT.table(dialect)).returning(tasks.c.id)


def _change(dialect: str) -> Any:
    row, rival = _CHANGED.table(dialect), tasks.alias("rival")
    taken = sa.exists().where(
        rival.c.institution_id == tasks.c.institution_id,
        rival.c.imported_as == row["imported_as"],
        rival.c.id != tasks.c.id,
        rival.c.deleted_at.is_(None),
    )
    return _update(row).where(sa.not_(taken)).returning(tasks.c.id)


def _update(row: Mapping[str, sa.ColumnElement[Any]]) -> sa.Update:
    values = {name: cell for name, cell in row.items() if name not in {"id", "version"}}
    return (
        sa.update(tasks)
        .where(tasks.c.id == row["id"], tasks.c.version == row["version"])
        .values(**values, version=tasks.c.version + 1)
    )


def _tag(dialect: str) -> Any:
    return inserting(dialect, task_tags, _TAGS)


def _untag(dialect: str) -> Any:
    wanted = sa.select(_UNTAGGED.table(dialect)["task_id"])
    return sa.delete(task_tags).where(task_tags.c.task_id.in_(wanted))


_IMPORTED, _INSERT = ForMany(_SOUGHT, Fixed(_imported)), ForMany(_NEW, Fixed(_insert))
_MOVE, _CHANGE = ForMany(_MOVED, Fixed(_move)), ForMany(_CHANGED, Fixed(_change))
_PUT_OFF = ForMany(_LEFT, Fixed(_leave))
_TAG, _UNTAG = ForMany(_TAGS, Fixed(_tag)), ForMany(_UNTAGGED, Fixed(_untag))
