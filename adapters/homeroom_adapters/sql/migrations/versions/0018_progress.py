"""How far learners have come, and what is due to them again."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    _create_studies()
    _create_attempts()
    _create_reviews()


def downgrade() -> None:
    op.execute("UPDATE sittings SET mode = 'custom' WHERE mode IN ('review', 'weakAreas')")
    for table in ("question_reviews", "question_attempts", "exam_studies"):
        op.drop_table(table)


def _create_studies() -> None:
    op.create_table(
        "exam_studies",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("exam_id", sa.Uuid, primary_key=True),
        sa.Column("examined_at", Instant),
        _of_a_person("exam_studies"),
    )


def _create_attempts() -> None:
    op.create_table(
        "question_attempts",
        sa.Column("sitting_id", sa.Uuid, primary_key=True),
        sa.Column("question_id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("objective_id", sa.Uuid, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("credit", sa.Text, nullable=False),
        sa.Column("confidence", sa.Integer),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("planned", sa.Boolean, nullable=False),
        _of_a_person("question_attempts"),
    )
    op.create_index(
        "ix_question_attempts_exam",
        "question_attempts",
        ["person_id", "exam_id", "objective_id", "at"],
    )
    op.create_index("ix_question_attempts_time", "question_attempts", ["person_id", "at"])
    waiting = sa.text("NOT planned")
    op.create_index(
        "ix_question_attempts_waiting",
        "question_attempts",
        ["person_id", "exam_id"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )


def _create_reviews() -> None:
    op.create_table(
        "question_reviews",
        sa.Column("person_id", sa.Uuid, primary_key=True),
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
        _of_a_person("question_reviews"),
    )
    op.create_index(
        "ix_question_reviews_due", "question_reviews", ["person_id", "exam_id", "due_at"]
    )


def _of_a_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person_id"], ["persons.id"], name=f"fk_{table}_person", ondelete="CASCADE"
    )
