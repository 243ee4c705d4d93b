"""What learners earned, cause by cause, and the sums that boards are made of."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    _create_achievers()
    _create_awards()
    _create_sums()


def downgrade() -> None:
    for table in ("exam_sums", "exam_awards", "exam_achievers"):
        op.drop_table(table)


def _create_achievers() -> None:
    op.create_table(
        "exam_achievers",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        *_counts("points", "answered", "correct", "seconds"),
        *_counts("in_a_row", "best_in_a_row", "best_streak", "tests"),
        sa.Column("daily_goal", sa.Integer),
        sa.Column("weekly_goal", sa.Integer),
        sa.Column("listed", sa.Boolean, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        _of_a_person("exam_achievers"),
    )


def _create_awards() -> None:
    op.create_table(
        "exam_awards",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("cause", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", Instant, nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        *_counts("points", "answered", "correct", "seconds", "streak"),
        sa.Column("exam_id", sa.Uuid),
        sa.Column("sitting_id", sa.Uuid),
        sa.Column("question_id", sa.Uuid),
        _of_a_person("exam_awards"),
    )
    op.create_index("ix_exam_awards_newest", "exam_awards", ["person_id", "cause", "at"])
    for one in ("sitting", "question"):
        op.create_index(f"ix_exam_awards_{one}", "exam_awards", ["person_id", f"{one}_id"])


def _create_sums() -> None:
    op.create_table(
        "exam_sums",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("exam_id", sa.Uuid, primary_key=True),
        sa.Column("period", sa.Text, primary_key=True),
        sa.Column("begins_on", sa.Date, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("listed", sa.Boolean, nullable=False),
        *_counts("points", "answered", "correct", "seconds", "streak"),
        sa.Column("accuracy", sa.Integer),
        _of_a_person("exam_sums"),
    )
    shown = sa.text("listed")
    for measure in ("points", "accuracy", "streak", "answered"):
        op.create_index(
            f"ix_exam_sums_{measure}",
            "exam_sums",
            ["institution_id", "exam_id", "period", "begins_on", measure, "person_id"],
            sqlite_where=shown,
            postgresql_where=shown,
        )


def _counts(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer, nullable=False) for name in names]


def _of_a_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person_id"], ["persons.id"], name=f"fk_{table}_person", ondelete="CASCADE"
    )
