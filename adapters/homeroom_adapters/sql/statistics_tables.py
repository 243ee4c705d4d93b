"""The tables of what exams and their questions turned out to be like."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata

exam_statistics = sa.Table(
    "exam_statistics",
    metadata,
    sa.Column(
        "exam_id",
        sa.Uuid,
        sa.ForeignKey("exams.id", name="fk_exam_statistics_exam", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("sittings", sa.Integer, nullable=False),
    sa.Column("figures", sa.Text),
    sa.Column("made_at", Instant, nullable=False),
    sa.Column("seen", sa.Integer, nullable=False),
    sa.Column("seen_versions", sa.BigInteger, nullable=False),
    sa.Column("seen_last", Instant),
)
"""What was seen is what the statistics are made of: where it differs, they are made anew."""

question_statistics = sa.Table(
    "question_statistics",
    metadata,
    sa.Column(
        "question_id",
        sa.Uuid,
        sa.ForeignKey("questions.id", name="fk_question_statistics_question", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column(
        "exam_id",
        sa.Uuid,
        sa.ForeignKey("exams.id", name="fk_question_statistics_exam", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("responses", sa.Integer, nullable=False),
    sa.Column("answered", sa.Integer, nullable=False),
    sa.Column("figures", sa.Text),
    sa.Index("ix_question_statistics_exam", "exam_id", "question_id"),
)

question_alarms = sa.Table(
    "question_alarms",
    metadata,
    sa.Column(
        "question_id",
        sa.Uuid,
        sa.ForeignKey("questions.id", name="fk_question_alarms_question", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("told_at", Instant, nullable=False),
)
"""Of which editions it was told that their key is likely to be wrong: of each once."""
