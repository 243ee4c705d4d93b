"""Questions written by machines, and what they cost."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    _create_generations()
    _create_spendings()


def downgrade() -> None:
    for table in ("question_spendings", "question_spenders", "question_generations"):
        op.drop_table(table)


def _create_generations() -> None:
    op.create_table(
        "question_generations",
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
    )
    op.create_index("ix_question_generations_exam", "question_generations", ["exam_id", "id"])


def _create_spendings() -> None:
    op.create_table("question_spenders", sa.Column("institution_id", sa.Uuid, primary_key=True))
    op.create_table(
        "question_spendings",
        sa.Column("generation_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("spent", sa.BigInteger, nullable=False),
        sa.Column("reserved", sa.BigInteger, nullable=False),
        sa.Column("held_until", Instant, nullable=False),
    )
    op.create_index(
        "ix_question_spendings_institution", "question_spendings", ["institution_id", "at"]
    )
