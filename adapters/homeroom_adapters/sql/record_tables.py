"""The tables of the record: its entries, and where each institution's chain ends."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

audit_entries = sa.Table(
    "audit_entries",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("person_id", sa.Uuid),
    sa.Column("api_key_id", sa.Uuid),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("resource", sa.Text, nullable=False),
    sa.Column("resource_id", sa.Uuid),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    sa.Column("changes", sa.Text, nullable=False),
    sa.Column("place", sa.BigInteger),
    sa.Column("link", sa.Text),
    sa.Index("ix_audit_entries_institution", "institution_id", "id"),
    sa.Index("ix_audit_entries_place", "institution_id", "place", unique=True),
    sa.Index("ix_audit_entries_person", "person_id", "id"),
    sa.Index("ix_audit_entries_resource", "resource_id", "id"),
    partial("ix_audit_entries_unsealed", "institution_id", "id", where="place IS NULL"),
)
"""`place` and `link` are written once, when an entry is sealed; the rest never changes. `at` is
kept beside the id, whose own time is that of naming."""

audit_heads = sa.Table(
    "audit_heads",
    metadata,
    sa.Column("institution_id", sa.Uuid, primary_key=True),
    sa.Column("sealed", sa.BigInteger, nullable=False),
    sa.Column("link", sa.Text, nullable=False),
)
