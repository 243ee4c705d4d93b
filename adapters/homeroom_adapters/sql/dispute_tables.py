"""The tables of what learners say of questions: notes of their own, and disputes."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

GOES_ON = "status IN ('open', 'answered')"
"""Of which a person has one at most about each question."""


def _reference(table: str, column: str, to: str) -> sa.Column[object]:
    key = sa.ForeignKey(f"{to}.id", name=f"fk_{table}_{column[:-3]}", ondelete="CASCADE")
    return sa.Column(column, sa.Uuid, key, nullable=False)


question_notes = sa.Table(
    "question_notes",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    _reference("question_notes", "person_id", "persons"),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("exam_id", sa.Uuid, nullable=False),
    _reference("question_notes", "question_id", "questions"),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("bookmarked", sa.Boolean, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Index("ix_question_notes_once", "person_id", "question_id", unique=True),
    sa.Index("ix_question_notes_person", "person_id", "id"),
    sa.Index("ix_question_notes_question", "question_id"),
)

question_disputes = sa.Table(
    "question_disputes",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("exam_id", sa.Uuid, nullable=False),
    _reference("question_disputes", "question_id", "questions"),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("sitting_id", sa.Uuid, nullable=False),
    _reference("question_disputes", "person_id", "persons"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("raised_at", Instant, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("upheld", sa.Boolean),
    sa.Column("answered_by", sa.Uuid),
    sa.Column("answered_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    partial("ix_question_disputes_once", "person_id", "question_id", where=GOES_ON, unique=True),
    sa.Index("ix_question_disputes_institution", "institution_id", "id"),
    sa.Index("ix_question_disputes_question", "question_id", "id"),
    sa.Index("ix_question_disputes_person", "person_id", "id"),
)
