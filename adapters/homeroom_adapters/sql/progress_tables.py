"""The tables of progress: what was answered, what is to be seen again, and for which exam."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial


def _person(table: str, *, key: bool) -> sa.Column[object]:
    """Whose row it is; with them it goes."""
    whose = sa.ForeignKey("persons.id", name=f"fk_{table}_person", ondelete="CASCADE")
    return sa.Column("person_id", sa.Uuid, whose, primary_key=key, nullable=False)


exam_studies = sa.Table(
    "exam_studies",
    metadata,
    _person("exam_studies", key=True),
    sa.Column("exam_id", sa.Uuid, primary_key=True),
    sa.Column("examined_at", Instant),
)
"""Whoever plans holds the row of the person and the exam."""

question_attempts = sa.Table(
    "question_attempts",
    metadata,
    sa.Column("sitting_id", sa.Uuid, primary_key=True),
    sa.Column("question_id", sa.Uuid, primary_key=True),
    _person("question_attempts", key=False),
    sa.Column("exam_id", sa.Uuid, nullable=False),
    sa.Column("objective_id", sa.Uuid, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("credit", sa.Text, nullable=False),
    sa.Column("confidence", sa.Integer),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("planned", sa.Boolean, nullable=False),
    sa.Index("ix_question_attempts_exam", "person_id", "exam_id", "objective_id", "at"),
    sa.Index("ix_question_attempts_time", "person_id", "at"),
    partial("ix_question_attempts_waiting", "person_id", "exam_id", where="NOT planned"),
)
"""The key is what keeps an answer from being counted twice."""

question_reviews = sa.Table(
    "question_reviews",
    metadata,
    _person("question_reviews", key=True),
    sa.Column("question_id", sa.Uuid, primary_key=True),
    sa.Column("exam_id", sa.Uuid, nullable=False),
    sa.Column("objective_id", sa.Uuid, nullable=False),
    sa.Column("method", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False),
    sa.Column("reviewed_at", Instant, nullable=False),
    sa.Column("reviews", sa.Integer, nullable=False),
    sa.Column("streak", sa.Integer, nullable=False),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("step", sa.Integer),
    sa.Column("stability", sa.Double),
    sa.Column("difficulty", sa.Double),
    sa.Column("ease", sa.Double),
    sa.Index("ix_question_reviews_due", "person_id", "exam_id", "due_at"),
)
