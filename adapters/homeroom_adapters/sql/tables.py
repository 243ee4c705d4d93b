"""The tables, and the names of their constraints, by which drivers report what was broken."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = sa.MetaData()

API_KEY_DIGEST = "uq_api_keys_digest"
INSTITUTION_NAME = "uq_institutions_name"
JOB_DEDUPE = "uq_jobs_dedupe"

_MICRO = 1_000_000


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
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _MICRO + since.microseconds


def from_micros(micros: int) -> datetime:
    seconds, rest = divmod(micros, _MICRO)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)


def _partial(name: str, *columns: Any, where: str, unique: bool = False) -> sa.Index:
    """An index over the rows *where* something holds: small, however much lies about."""
    rows = sa.text(where)
    return sa.Index(name, *columns, unique=unique, sqlite_where=rows, postgresql_where=rows)


DEDUPED = "dedupe_key IS NOT NULL AND state IN ('scheduled', 'ready', 'running')"
"""Which jobs hold their keys."""

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

institutions = sa.Table(
    "institutions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
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
    sa.Column("position", _BIG_ID, primary_key=True, autoincrement=True),
    sa.Column("event_id", sa.Uuid, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("payload", sa.Text, nullable=False),
    sa.Column("occurred_at", Instant, nullable=False),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.Column("reserved_until", Instant),
    sa.Column("delivered_at", Instant),
    _partial("ix_outbox_untold", "position", where="delivered_at IS NULL"),
    _partial("ix_outbox_told", "delivered_at", where="delivered_at IS NOT NULL"),
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
    _partial(
        "ix_jobs_ready", "queue", sa.desc("priority"), "run_at", "id", where="state = 'ready'"
    ),
    _partial("ix_jobs_scheduled", "run_at", where="state = 'scheduled'"),
    _partial("ix_jobs_leased", "lease_until", where="state = 'running'"),
    _partial("ix_jobs_finished", "finished_at", where="finished_at IS NOT NULL"),
    _partial(
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
