"""The table of regrades: keys that were wrong, and how far one is in judging again."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata

question_regrades = sa.Table(
    "question_regrades",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column(
        "question_id",
        sa.Uuid,
        sa.ForeignKey("questions.id", name="fk_question_regrades_question"),
        nullable=False,
    ),
    sa.Column("editions", sa.Text, nullable=False),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("done_at", Instant),
    sa.Column("reached", sa.Uuid),
    sa.Column("examined", sa.Integer, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False),
    sa.Column("passed", sa.Integer, nullable=False),
    sa.Column("failed", sa.Integer, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_question_regrades_question", "question_id", "id"),
)
"""`edition` is the one whose key counts, `editions` those whose answers are judged by it."""
