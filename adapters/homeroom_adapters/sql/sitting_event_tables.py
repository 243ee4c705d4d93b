"""The table of what happened beside sittings, of which the database lets nothing change."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata

sitting_events = sa.Table(
    "sitting_events",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "sitting_id",
        sa.Uuid,
        sa.ForeignKey("sittings.id", name="fk_sitting_events_sitting", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("mark", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("said_at", Instant, nullable=False),
    sa.Column("question_id", sa.Uuid),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.UniqueConstraint("sitting_id", "mark", name="uq_sitting_events_mark"),
    sa.Index("ix_sitting_events_sitting", "sitting_id", "id"),
)
