"""The first tables: people, the outbox and the inbox, jobs."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    _create_people()
    _create_outbox_and_inbox()
    _create_jobs()
    _index_jobs()
    _create_queue_state()


def downgrade() -> None:
    for table in ("queue_state", "jobs", "inbox", "outbox", "api_keys", "institutions"):
        op.drop_table(table)


def _create_people() -> None:
    op.create_table(
        "institutions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("name", name="uq_institutions_name"),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("hint", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant),
        sa.Column("revoked_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name="fk_api_keys_institution"
        ),
        sa.UniqueConstraint("digest", name="uq_api_keys_digest"),
    )
    op.create_index("ix_api_keys_institution", "api_keys", ["institution_id", "id"])


def _create_outbox_and_inbox() -> None:
    op.create_table(
        "outbox",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            primary_key=True,
            autoincrement=True,
        ),
        sa.Column("event_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("occurred_at", Instant, nullable=False),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("reserved_until", Instant),
        sa.Column("delivered_at", Instant),
    )
    _index_some("ix_outbox_untold", "outbox", ["position"], "delivered_at IS NULL")
    _index_some("ix_outbox_told", "outbox", ["delivered_at"], "delivered_at IS NOT NULL")
    op.create_table(
        "inbox",
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("message_id", sa.Text, primary_key=True),
        sa.Column("heard_at", Instant, nullable=False),
    )


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("institution_id", sa.Uuid),
        sa.Column("queue", sa.Text, nullable=False),
        sa.Column("priority", sa.SmallInteger, nullable=False),
        sa.Column("max_attempts", sa.SmallInteger, nullable=False),
        sa.Column("backoff_base", sa.Double, nullable=False),
        sa.Column("backoff_cap", sa.Double, nullable=False),
        sa.Column("backoff_jitter", sa.Double, nullable=False),
        sa.Column("timeout", sa.Double, nullable=False),
        sa.Column("dedupe_key", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("run_at", Instant, nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False),
        sa.Column("token", sa.Integer, nullable=False),
        sa.Column("worker", sa.Text),
        sa.Column("lease_until", Instant),
        sa.Column("offered_at", Instant),
        sa.Column("progress", sa.Double, nullable=False),
        sa.Column("last_error", sa.Text),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("finished_at", Instant),
    )


def _index_jobs() -> None:
    soonest = ["queue", sa.desc("priority"), "run_at", "id"]
    _index_some("ix_jobs_ready", "jobs", soonest, "state = 'ready'")
    _index_some("ix_jobs_scheduled", "jobs", ["run_at"], "state = 'scheduled'")
    _index_some("ix_jobs_leased", "jobs", ["lease_until"], "state = 'running'")
    _index_some("ix_jobs_finished", "jobs", ["finished_at"], "finished_at IS NOT NULL")
    unfinished = "dedupe_key IS NOT NULL AND state IN ('scheduled', 'ready', 'running')"
    _index_some("uq_jobs_dedupe", "jobs", ["name", "dedupe_key"], unfinished, unique=True)


def _create_queue_state() -> None:
    op.create_table(
        "queue_state",
        sa.Column("queue", sa.Text, primary_key=True),
        sa.Column("tokens", sa.Double, nullable=False),
        sa.Column("refilled_at", Instant, nullable=False),
    )


def _index_some(
    name: str, table: str, columns: list[Any], where: str, *, unique: bool = False
) -> None:
    rows = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=rows, postgresql_where=rows)
