"""How much each learner may do in a day, what they mark, and what they dispute."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    _create_tiers()
    _create_days()
    _create_notes()
    _create_disputes()


def downgrade() -> None:
    for table in ("question_disputes", "question_notes", "exam_tallies", "exam_days", "exam_tiers"):
        op.drop_table(table)


def _create_tiers() -> None:
    op.create_table(
        "exam_tiers",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("tier", sa.Text),
        sa.Column("zone", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        _of_a_person("exam_tiers"),
    )


def _create_days() -> None:
    op.create_table(
        "exam_days",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("answered", sa.Integer, nullable=False),
        _of_a_person("exam_days"),
    )
    op.create_table(
        "exam_tallies",
        sa.Column("sitting_id", sa.Uuid, primary_key=True),
        sa.Column("question_id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        _of_a_person("exam_tallies"),
    )
    op.create_index("ix_exam_tallies_person", "exam_tallies", ["person_id"])


def _create_notes() -> None:
    op.create_table(
        "question_notes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("question_id", sa.Uuid, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("bookmarked", sa.Boolean, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        _of_a_person("question_notes"),
        _of_a_question("question_notes"),
    )
    op.create_index(
        "ix_question_notes_once", "question_notes", ["person_id", "question_id"], unique=True
    )
    op.create_index("ix_question_notes_person", "question_notes", ["person_id", "id"])
    op.create_index("ix_question_notes_question", "question_notes", ["question_id"])


def _create_disputes() -> None:
    op.create_table(
        "question_disputes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("question_id", sa.Uuid, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("sitting_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("raised_at", Instant, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("answer", sa.Text),
        sa.Column("upheld", sa.Boolean),
        sa.Column("answered_by", sa.Uuid),
        sa.Column("answered_at", Instant),
        sa.Column("ended_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        _of_a_person("question_disputes"),
        _of_a_question("question_disputes"),
    )
    going_on = sa.text("status IN ('open', 'answered')")
    op.create_index(
        "ix_question_disputes_once",
        "question_disputes",
        ["person_id", "question_id"],
        unique=True,
        sqlite_where=going_on,
        postgresql_where=going_on,
    )
    for column in ("institution", "question", "person"):
        name = f"ix_question_disputes_{column}"
        op.create_index(name, "question_disputes", [f"{column}_id", "id"])


def _of_a_question(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["question_id"], ["questions.id"], name=f"fk_{table}_question", ondelete="CASCADE"
    )


def _of_a_person(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["person_id"], ["persons.id"], name=f"fk_{table}_person", ondelete="CASCADE"
    )
