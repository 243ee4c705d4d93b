"""The tables, and the names of their constraints, by which drivers report what was broken."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = sa.MetaData()

API_KEY_DIGEST = "uq_api_keys_digest"
DISTRICT_NAME = "uq_districts_name"
INSTITUTION_NAME = "uq_institutions_name"
JOB_DEDUPE = "uq_jobs_dedupe"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_ROWS = "rows"


class Instant(TypeDecorator[datetime]):
    """An instant: `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> object:
        if value is None or dialect.name != "sqlite":
            return value
        return to_micros(value)

    def process_result_value(self, value: object, dialect: sa.Dialect) -> datetime | None:
        if isinstance(value, int):
            return from_micros(value)
        return value.astimezone(UTC) if isinstance(value, datetime) else None


def to_micros(instant: datetime) -> int:
    """Exact, unlike a float of seconds."""
    return (instant - _EPOCH) // _MICRO


def from_micros(micros: int) -> datetime:
    return _EPOCH + micros * _MICRO


def partial(name: str, *columns: Any, where: str, unique: bool = False) -> sa.Index:
    """An index over the rows *where* something holds: small, however much lies about."""
    return sa.Index(name, *columns, unique=unique, info={_ROWS: where})


@event.listens_for(metadata, "before_create")
def _limit_to_rows(schema: sa.MetaData, connection: sa.Connection, **_: object) -> None:
    """Only the dialect in use is told of the rows: SQLAlchemy reads each that is spoken of."""
    for index in (index for table in schema.tables.values() for index in table.indexes):
        if rows := index.info.get(_ROWS):
            index.dialect_options[connection.dialect.name]["where"] = sa.text(rows)


DEDUPED = "dedupe_key IS NOT NULL AND state IN ('scheduled', 'ready', 'running')"
"""Which jobs hold their keys."""

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

districts = sa.Table(
    "districts",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("sought", sa.Text, nullable=False),
    sa.Column("superintendent", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("phone", sa.Text, nullable=False),
    sa.Column("website", sa.Text, nullable=False),
    sa.Column("plan", sa.Text, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("name", "state", name=DISTRICT_NAME),
)
"""`sought` is what a search for words looks through."""

institutions = sa.Table(
    "institutions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("plan", sa.Text, nullable=False, server_default="basic"),
    sa.Column("status", sa.Text, nullable=False, server_default="active"),
    sa.Column("subscribed_until", Instant),
    sa.Column("retention_days", sa.Integer, nullable=False, server_default="2555"),
    sa.Column("agreed_recording", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("agreed_ai", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("agreed_data_sharing", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("time_zone", sa.Text, nullable=False, server_default="UTC"),
    sa.Column(
        "district_id", sa.Uuid, sa.ForeignKey("districts.id", name="fk_institutions_district")
    ),
    sa.Index("ix_institutions_district", "district_id"),
    sa.UniqueConstraint("name", name=INSTITUTION_NAME),
)

api_keys = sa.Table(
    "api_keys",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "institution_id",
        sa.Uuid,
        sa.ForeignKey("institutions.id", name="fk_api_keys_institution"),
        nullable=False,
    ),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("hint", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.UniqueConstraint("digest", name=API_KEY_DIGEST),
    sa.Index("ix_api_keys_institution", "institution_id", "id"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("position", BIG_ID, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.Column("reserved_until", Instant),
    sa.Column("delivered_at", Instant),
    partial("ix_outbox_untold", "position", where="delivered_at IS NULL"),
    partial("ix_outbox_told", "delivered_at", where="delivered_at IS NOT NULL"),
)

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("consumer", sa.Text, primary_key=True),
    sa.Column("message_id", sa.Text, primary_key=True),
    sa.Column("heard_at", Instant, nullable=False),
)


jobs = sa.Table(
    "jobs",
    metadata,
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
    partial("ix_jobs_ready", "queue", sa.desc("priority"), "run_at", "id", where="state = 'ready'"),
    partial("ix_jobs_scheduled", "run_at", where="state = 'scheduled'"),
    partial("ix_jobs_leased", "lease_until", where="state = 'running'"),
    partial("ix_jobs_finished", "finished_at", where="finished_at IS NOT NULL"),
    partial(
        JOB_DEDUPE,
        "name",
        "dedupe_key",
        unique=True,
        where=DEDUPED,
    ),
)

queue_state = sa.Table(
    "queue_state",
    metadata,
    sa.Column("queue", sa.Text, primary_key=True),
    sa.Column("tokens", sa.Double, nullable=False),
    sa.Column("refilled_at", Instant, nullable=False),
)
"""What is left of each rate-limited queue's burst, shared by all workers."""
