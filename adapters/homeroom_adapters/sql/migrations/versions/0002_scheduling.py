"""The tables of scheduling: tasks and their tags, executions and their log, channels, watches."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0002"
down_revision = "0001"

_LIVING = "deleted_at IS NULL"


def upgrade() -> None:
    _create_tasks()
    _index_tasks()
    _create_task_tags()
    _create_executions()
    _create_execution_log()
    _create_channels_and_watches()


def downgrade() -> None:
    for table in ("watches", "channels", "execution_log", "executions", "task_tags", "tasks"):
        op.drop_table(table)


def _create_tasks() -> None:
    op.create_table(
        "tasks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("target_sealed", sa.Text, nullable=False),
        sa.Column("target_mask", sa.Text, nullable=False),
        sa.Column("target_fingerprint", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("timing", sa.Text, nullable=False),
        sa.Column("policies", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("failure", sa.Text, nullable=False),
        sa.Column("pause", sa.Text),
        sa.Column("fired", sa.Integer, nullable=False),
        sa.Column("upcoming", Instant),
        sa.Column("next_run_at", Instant),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("imported_as", sa.Text),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("deleted_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name="fk_tasks_institution"
        ),
    )


def _index_tasks() -> None:
    due = f"next_run_at IS NOT NULL AND {_LIVING}"
    _index_some("ix_tasks_due", "tasks", ["next_run_at", "id"], due)
    newest = ["institution_id", "created_at", "id"]
    _index_some("ix_tasks_institution", "tasks", newest, _LIVING)
    _index_some("ix_tasks_name", "tasks", ["institution_id", "name"], _LIVING)
    _index_some("ix_tasks_deleted", "tasks", ["deleted_at"], "deleted_at IS NOT NULL")
    imported = f"imported_as IS NOT NULL AND {_LIVING}"
    by_file = ["institution_id", "imported_as"]
    _index_some("uq_tasks_imported", "tasks", by_file, imported, unique=True)
    own = f"system <> '' AND {_LIVING}"
    _index_some("uq_tasks_system", "tasks", ["institution_id", "system"], own, unique=True)


def _create_task_tags() -> None:
    op.create_table(
        "task_tags",
        sa.Column("task_id", sa.Uuid, primary_key=True),
        sa.Column("tag", sa.Text, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_task_tags_task", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_task_tags_tag", "task_tags", ["tag", "institution_id", "task_id"])


def _create_executions() -> None:
    op.create_table(
        "executions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("task_id", sa.Uuid, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("trigger", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("scheduled_for", Instant, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("started_at", Instant),
        sa.Column("finished_at", Instant),
        sa.Column("retry_count", sa.Integer, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("result", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.Column("missed_from", Instant),
        sa.Column("links", sa.Integer, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name="fk_executions_task"),
        sa.UniqueConstraint("task_id", "key", name="uq_executions_key"),
    )
    newest = ["scheduled_for", "id"]
    op.create_index("ix_executions_task", "executions", ["task_id", *newest])
    op.create_index("ix_executions_institution", "executions", ["institution_id", *newest])
    unfinished = "status IN ('BUFFERED', 'PENDING', 'RETRYING')"
    _index_some("ix_executions_unfinished", "executions", ["task_id", "id"], unfinished)
    finished = "finished_at IS NOT NULL"
    _index_some("ix_executions_finished", "executions", ["finished_at"], finished)


def _create_execution_log() -> None:
    op.create_table(
        "execution_log",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("execution_id", sa.Uuid, nullable=False),
        sa.Column("task_id", sa.Uuid, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("retry_count", sa.Integer, nullable=False),
        sa.Column("response_code", sa.Integer),
        sa.Column("latency", sa.Double),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("snippet", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["execution_id"],
            ["executions.id"],
            name="fk_execution_log_execution",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_execution_log_execution", "execution_log", ["execution_id", "id"])
    op.create_index("ix_execution_log_task", "execution_log", ["task_id", "at", "id"])
    op.create_index("ix_execution_log_at", "execution_log", ["at", "id"])


def _create_channels_and_watches() -> None:
    op.create_table(
        "channels",
        sa.Column("fingerprint", sa.Text, primary_key=True),
        sa.Column("state", sa.Text),
    )
    op.create_table(
        "watches",
        sa.Column("task_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("expectation", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("last_ping_at", Instant),
        sa.Column("deadline", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["task_id"], ["tasks.id"], name="fk_watches_task", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("digest", name="uq_watches_digest"),
    )
    waiting = "deadline IS NOT NULL"
    _index_some("ix_watches_deadline", "watches", ["deadline", "task_id"], waiting)


def _index_some(
    name: str, table: str, columns: list[Any], where: str, *, unique: bool = False
) -> None:
    rows = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=rows, postgresql_where=rows)
