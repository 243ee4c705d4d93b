"""The tables of machine-written questions: orders, and what is spent on each."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata

generations = sa.Table(
    "question_generations",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("exam_id", sa.Uuid, nullable=False),
    sa.Column("objective_id", sa.Uuid, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("difficulty", sa.SmallInteger, nullable=False),
    sa.Column("outcomes", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("cost", sa.BigInteger, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("finished_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_question_generations_exam", "exam_id", "id"),
)
"""`source` is empty once the questions are written. Costs are in millionths of a dollar."""

spenders = sa.Table(
    "question_spenders",
    metadata,
    sa.Column("institution_id", sa.Uuid, primary_key=True),
)
"""One row for each institution that reserved: who holds it is alone in doing so."""

spendings = sa.Table(
    "question_spendings",
    metadata,
    sa.Column("generation_id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("spent", sa.BigInteger, nullable=False),
    sa.Column("reserved", sa.BigInteger, nullable=False),
    sa.Column("held_until", Instant, nullable=False),
    sa.Index("ix_question_spendings_institution", "institution_id", "at"),
)
