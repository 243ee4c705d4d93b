"""The table of accounts elsewhere, by which persons are known again."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata

identities = sa.Table(
    "identities",
    metadata,
    sa.Column("provider", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_identities_person", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("sealed", sa.Text),
    sa.Column("linked_at", Instant, nullable=False),
    sa.Column("used_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_identities_person", "person_id", "linked_at", "provider", "subject"),
)
"""What is one account elsewhere is one person here: so says the primary key."""
