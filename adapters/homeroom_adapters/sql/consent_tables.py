"""The table of what people agreed to."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

consents = sa.Table(
    "consents",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_consents_person", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("given_by", sa.Text, nullable=False),
    sa.Column("evidence", sa.Text, nullable=False),
    sa.Column("given_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("withdrawn_at", Instant),
    sa.Column("over_at", Instant),
    sa.Column("is_bare", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_consents_person", "person_id", "id"),
    partial(
        "ix_consents_over",
        *("institution_id", "over_at", "id"),
        where="NOT is_bare AND over_at IS NOT NULL",
    ),
)
"""`over_at` and `is_bare` follow from the others; what is to be stripped is found by them."""
