"""The tables of scheduling: tasks, what they ran, the other ends, and the watches over them."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import BIG_ID, Instant, metadata, partial

UNFINISHED = "status IN ('BUFFERED', 'PENDING', 'RETRYING')"
"""Which executions have not ended."""

_LIVING = "deleted_at IS NULL"

tasks = sa.Table(
    "tasks",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "institution_id",
        sa.Uuid,
        sa.ForeignKey("institutions.id", name="fk_tasks_institution"),
        nullable=False,
    ),
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
    partial("ix_tasks_due", "next_run_at", "id", where=f"next_run_at IS NOT NULL AND {_LIVING}"),
    partial("ix_tasks_institution", "institution_id", "created_at", "id", "status", where=_LIVING),
    partial(
        "ix_tasks_upcoming",
        "institution_id",
        "next_run_at",
        "id",
        where=f"next_run_at IS NOT NULL AND {_LIVING}",
    ),
    partial("ix_tasks_name", "institution_id", "name", where=_LIVING),
    partial("ix_tasks_target", "target_fingerprint", where=_LIVING),
    partial("ix_tasks_deleted", "deleted_at", where="deleted_at IS NOT NULL"),
    partial("ix_tasks_gone", "id", where="deleted_at IS NOT NULL"),
    partial(
        "uq_tasks_imported",
        "institution_id",
        "imported_as",
        unique=True,
        where=f"imported_as IS NOT NULL AND {_LIVING}",
    ),
    partial(
        "uq_tasks_system",
        "institution_id",
        "system",
        unique=True,
        where=f"system <> '' AND {_LIVING}",
    ),
)
"""`sought` is what a search for words looks through; `timing` and its like are JSON."""

task_tags = sa.Table(
    "task_tags",
    metadata,
    sa.Column(
        "task_id",
        sa.Uuid,
        sa.ForeignKey("tasks.id", name="fk_task_tags_task", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("tag", sa.Text, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Index("ix_task_tags_tag", "tag", "institution_id", "task_id"),
)
"""Which tasks have a tag; `tasks.tags` has them in their order."""

executions = sa.Table(
    "executions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column(
        "task_id", sa.Uuid, sa.ForeignKey("tasks.id", name="fk_executions_task"), nullable=False
    ),
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
    sa.UniqueConstraint("task_id", "key", name="uq_executions_key"),
    sa.Index("ix_executions_task", "task_id", "scheduled_for", "id"),
    sa.Index("ix_executions_institution", "institution_id", "scheduled_for", "id"),
    sa.Index("ix_executions_scheduled", "scheduled_for", "id"),
    partial("ix_executions_unfinished", "task_id", "id", where=UNFINISHED),
    partial(
        "ix_executions_ended",
        *("institution_id", "finished_at", "status", "task_id", "due_at", "started_at"),
        where="finished_at IS NOT NULL",
    ),
)

execution_log = sa.Table(
    "execution_log",
    metadata,
    sa.Column("id", BIG_ID, primary_key=True, autoincrement=True),
    sa.Column(
        "execution_id",
        sa.Uuid,
        sa.ForeignKey("executions.id", name="fk_execution_log_execution", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("task_id", sa.Uuid, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("retry_count", sa.Integer, nullable=False),
    sa.Column("response_code", sa.Integer),
    sa.Column("latency", sa.Double),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("snippet", sa.Text, nullable=False),
    sa.Index("ix_execution_log_execution", "execution_id", "id"),
    sa.Index("ix_execution_log_task", "task_id", "at", "id"),
    sa.Index("ix_execution_log_at", "at", "id"),
    sa.Index("ix_execution_log_institution", "institution_id", "at", "id"),
)
"""Its institution is its execution's: the log of a small one is read without anybody else's."""

channels = sa.Table(
    "channels",
    metadata,
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("state", sa.Text),
)
"""What is known of receiving ends, as JSON; NULL while somebody holds one for the first time."""

watches = sa.Table(
    "watches",
    metadata,
    sa.Column(
        "task_id",
        sa.Uuid,
        sa.ForeignKey("tasks.id", name="fk_watches_task", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("expectation", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("last_ping_at", Instant),
    sa.Column("deadline", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("digest", name="uq_watches_digest"),
    partial("ix_watches_deadline", "deadline", "task_id", where="deadline IS NOT NULL"),
)
