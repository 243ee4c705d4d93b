"""Who sees which rows: those of an institution, as long as their tasks were not deleted."""

from collections.abc import Sequence

import sqlalchemy as sa

from homeroom.kernel.ids import InstitutionId, TaskId
from homeroom_adapters.sql.scheduling_tables import tasks

Conditions = Sequence[sa.ColumnElement[bool]]


def living(reach: InstitutionId | None) -> Conditions:
    """Tasks within *reach* that were not deleted."""
    return [tasks.c.deleted_at.is_(None), *within(tasks, reach)]


def within(table: sa.Table, reach: InstitutionId | None) -> Conditions:
    return [] if reach is None else [table.c.institution_id == reach]


def of_the_living(
    table: sa.Table, reach: InstitutionId | None, task_id: TaskId | None = None
) -> Conditions:
    """Rows of *table* that belong to tasks within *reach*, or to one of them.

    That their tasks were not deleted is asked of the index of those that were, which is small;
    joined to the others, rows would come in the order of the tasks and not in their own.
    """
    gone = tasks.alias("gone")
    was_deleted = sa.exists().where(gone.c.id == table.c.task_id, gone.c.deleted_at.is_not(None))
    whose = within(table, reach) if task_id is None else [table.c.task_id == task_id]
    return [*whose, sa.not_(was_deleted)]
