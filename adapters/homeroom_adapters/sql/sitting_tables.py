"""The tables of sittings: the form of each, how far it is, and what was answered in it."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

UNDER_WAY = "mode = 'simulation' AND status = 'active'"
"""Of which a person has one at most for each exam."""

COUNTED = "mode = 'simulation' AND status <> 'active'"
"""Of which statistics are made."""

sittings = sa.Table(
    "sittings",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column(
        "exam_id",
        sa.Uuid,
        sa.ForeignKey("exams.id", name="fk_sittings_exam"),
        nullable=False,
    ),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_sittings_person", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("mode", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("form", sa.Text, nullable=False),
    sa.Column("questions", sa.Integer, nullable=False),
    sa.Column("answered", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("extra", sa.Integer, nullable=False),
    sa.Column("began_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("score", sa.Text),
    sa.Column("regrades", sa.Text),
    sa.Column("invalidated_at", Instant),
    sa.Column("invalid_reason", sa.Text),
    sa.Column("attempt", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
    partial("ix_sittings_under_way", "person_id", "exam_id", where=UNDER_WAY, unique=True),
    partial("ix_sittings_ends", "ends_at", where="status = 'active'"),
    partial(
        "ix_sittings_counted",
        *("exam_id", "institution_id", "version", "ended_at", "mode", "status"),
        where=COUNTED,
    ),
    sa.Index("ix_sittings_person", "person_id", "exam_id", "id"),
    sa.Index("ix_sittings_exam", "exam_id", "id"),
    sa.Index("ix_sittings_institution", "institution_id", "id"),
)
"""`seconds` is the time limit, or how long one may be idle."""

sitting_answers = sa.Table(
    "sitting_answers",
    metadata,
    sa.Column(
        "sitting_id",
        sa.Uuid,
        sa.ForeignKey("sittings.id", name="fk_sitting_answers_sitting", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("question_id", sa.Uuid, primary_key=True),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("flagged", sa.Boolean, nullable=False),
    sa.Column("confidence", sa.Integer),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("credit", sa.Text),
    sa.Index("ix_sitting_answers_question", "question_id", "sitting_id"),
)
