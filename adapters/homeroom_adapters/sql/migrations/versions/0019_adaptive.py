"""Tests that adapt to who takes them."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    _create_sittings()
    _create_steps()
    _create_curves()


def downgrade() -> None:
    op.drop_table("question_curves")
    op.drop_table("exam_adaptive_steps")
    op.drop_table("exam_adaptive_sittings")


def _create_sittings() -> None:
    op.create_table(
        "exam_adaptive_sittings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("terms", sa.Text, nullable=False),
        sa.Column("began_at", Instant, nullable=False),
        sa.Column("ends_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("stop", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name="fk_exam_adaptive_sittings_exam"),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
            name="fk_exam_adaptive_sittings_person",
            ondelete="CASCADE",
        ),
    )
    rows = sa.text("stop IS NULL")
    op.create_index(
        "ix_exam_adaptive_sittings_open",
        "exam_adaptive_sittings",
        ["person_id", "exam_id"],
        unique=True,
        sqlite_where=rows,
        postgresql_where=rows,
    )
    op.create_index(
        "ix_exam_adaptive_sittings_person", "exam_adaptive_sittings", ["person_id", "id"]
    )
    op.create_index("ix_exam_adaptive_sittings_exam", "exam_adaptive_sittings", ["exam_id", "id"])


def _create_steps() -> None:
    op.create_table(
        "exam_adaptive_steps",
        sa.Column("sitting_id", sa.Uuid, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("question_id", sa.Uuid, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("objective_id", sa.Uuid, nullable=False),
        sa.Column("shown", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("credit", sa.Text),
        sa.Column("at", Instant),
        sa.ForeignKeyConstraint(
            ["sitting_id"],
            ["exam_adaptive_sittings.id"],
            name="fk_exam_adaptive_steps_sitting",
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("sitting_id", "question_id", name="uq_exam_adaptive_steps_question"),
    )


def _create_curves() -> None:
    op.create_table(
        "question_curves",
        sa.Column("question_id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("a", sa.Double, nullable=False),
        sa.Column("b", sa.Double, nullable=False),
        sa.Column("c", sa.Double, nullable=False),
        sa.Column("d", sa.Double, nullable=False),
        sa.Column("a_error", sa.Double),
        sa.Column("b_error", sa.Double),
        sa.Column("answers", sa.Integer),
        sa.Column("at", Instant, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id", "edition"],
            ["question_editions.question_id", "question_editions.edition"],
            name="fk_question_curves_edition",
        ),
    )
    op.create_index("ix_question_curves_exam", "question_curves", ["exam_id"])
