"""The table of what happened beside sittings, of which the database lets nothing change."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

SEVERAL = "events > 2"
"""Most sittings have next to none: these are passed over by the index."""

KINDS = {
    "hidden": "hidden",
    "blurred": "blurred",
    "fullscreenLeft": "fullscreen_left",
    "copied": "copied",
    "pasted": "pasted",
    "printed": "printed",
    "devtools": "devtools",
    "offline": "offline",
}
"""In which column those of a kind are counted."""

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

sitting_event_counts = sa.Table(
    "sitting_event_counts",
    metadata,
    sa.Column(
        "sitting_id",
        sa.Uuid,
        sa.ForeignKey("sittings.id", name="fk_sitting_event_counts_sitting", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("exam_id", sa.Uuid, nullable=False),
    sa.Column("events", sa.Integer, nullable=False),
    *(sa.Column(name, sa.Integer, nullable=False) for name in KINDS.values()),
    partial("ix_sitting_event_counts_house", "institution_id", "sitting_id", where=SEVERAL),
    partial("ix_sitting_event_counts_exam", "exam_id", "sitting_id", where=SEVERAL),
)
"""How many events of each kind a sitting has: counted as they are told."""
