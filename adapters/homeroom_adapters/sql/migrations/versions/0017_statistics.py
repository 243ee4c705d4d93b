"""What questions turned out to be like."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0017"
down_revision = "0016"

_COUNTED = "mode = 'simulation' AND status <> 'active'"


def upgrade() -> None:
    _create_of_exams()
    _create_of_questions()
    _create_alarms()
    rows = sa.text(_COUNTED)
    op.create_index(
        "ix_sittings_counted",
        "sittings",
        ["exam_id", "institution_id", "version", "ended_at", "mode", "status"],
        sqlite_where=rows,
        postgresql_where=rows,
    )


def downgrade() -> None:
    op.drop_index("ix_sittings_counted", "sittings")
    op.drop_table("question_alarms")
    op.drop_table("question_statistics")
    op.drop_table("exam_statistics")


def _create_of_exams() -> None:
    op.create_table(
        "exam_statistics",
        sa.Column("exam_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("sittings", sa.Integer, nullable=False),
        sa.Column("figures", sa.Text),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("seen", sa.Integer, nullable=False),
        sa.Column("seen_versions", sa.BigInteger, nullable=False),
        sa.Column("seen_last", Instant),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name="fk_exam_statistics_exam", ondelete="CASCADE"
        ),
    )


def _create_of_questions() -> None:
    op.create_table(
        "question_statistics",
        sa.Column("question_id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("responses", sa.Integer, nullable=False),
        sa.Column("answered", sa.Integer, nullable=False),
        sa.Column("figures", sa.Text),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["questions.id"],
            name="fk_question_statistics_question",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["exam_id"], ["exams.id"], name="fk_question_statistics_exam", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_question_statistics_exam", "question_statistics", ["exam_id", "question_id"]
    )


def _create_alarms() -> None:
    op.create_table(
        "question_alarms",
        sa.Column("question_id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("told_at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["questions.id"],
            name="fk_question_alarms_question",
            ondelete="CASCADE",
        ),
    )
