"""What each institution looks at lies together: its log, what ended, and what comes next."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_LIVING = "deleted_at IS NULL"
_ENDED = ("institution_id", "finished_at", "status", "task_id", "due_at", "started_at")


def upgrade() -> None:
    _tell_the_log_its_institution()
    _index_some("ix_executions_ended", "executions", [*_ENDED], "finished_at IS NOT NULL")
    upcoming = f"next_run_at IS NOT NULL AND {_LIVING}"
    by_due = ["institution_id", "next_run_at", "id"]
    _index_some("ix_tasks_upcoming", "tasks", by_due, upcoming)
    _index_some("ix_tasks_gone", "tasks", ["id"], "deleted_at IS NOT NULL")
    op.drop_index("ix_tasks_institution", "tasks")
    newest = ["institution_id", "created_at", "id", "status"]
    _index_some("ix_tasks_institution", "tasks", newest, _LIVING)


def downgrade() -> None:
    op.drop_index("ix_tasks_institution", "tasks")
    newest = ["institution_id", "created_at", "id"]
    _index_some("ix_tasks_institution", "tasks", newest, _LIVING)
    op.drop_index("ix_tasks_gone", "tasks")
    op.drop_index("ix_tasks_upcoming", "tasks")
    op.drop_index("ix_executions_ended", "executions")
    op.drop_index("ix_execution_log_institution", "execution_log")
    with op.batch_alter_table("execution_log") as log:
        log.drop_column("institution_id")


def _tell_the_log_its_institution() -> None:
    """Of each line that is there, its execution knows it."""
    op.add_column("execution_log", sa.Column("institution_id", sa.Uuid))
    op.execute(
        "UPDATE execution_log SET institution_id = (SELECT executions.institution_id"
        " FROM executions WHERE executions.id = execution_log.execution_id)"
    )
    with op.batch_alter_table("execution_log") as log:  # SQLite makes the table anew for this
        log.alter_column("institution_id", existing_type=sa.Uuid(), nullable=False)
    by_instant = ["institution_id", "at", "id"]
    op.create_index("ix_execution_log_institution", "execution_log", by_instant)


def _index_some(name: str, table: str, columns: list[Any], where: str) -> None:
    rows = sa.text(where)
    op.create_index(name, table, columns, sqlite_where=rows, postgresql_where=rows)
