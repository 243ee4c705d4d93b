"""Who sat for which exam, and what they answered."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    _create_sittings()
    _create_answers()


def downgrade() -> None:
    op.drop_table("sitting_answers")
    op.drop_table("sittings")


def _create_sittings() -> None:
    op.create_table(
        "sittings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
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
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name="fk_sittings_exam"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_sittings_person", ondelete="CASCADE"
        ),
    )
    _over_some(
        "ix_sittings_under_way",
        "person_id",
        "exam_id",
        where="mode = 'simulation' AND status = 'active'",
        unique=True,
    )
    _over_some("ix_sittings_ends", "ends_at", where="status = 'active'", unique=False)
    op.create_index("ix_sittings_person", "sittings", ["person_id", "exam_id", "id"])
    op.create_index("ix_sittings_exam", "sittings", ["exam_id", "id"])
    op.create_index("ix_sittings_institution", "sittings", ["institution_id", "id"])


def _create_answers() -> None:
    op.create_table(
        "sitting_answers",
        sa.Column("sitting_id", sa.Uuid, primary_key=True),
        sa.Column("question_id", sa.Uuid, primary_key=True),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("flagged", sa.Boolean, nullable=False),
        sa.Column("confidence", sa.Integer),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.Column("credit", sa.Text),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name="fk_sitting_answers_sitting", ondelete="CASCADE"
        ),
    )


def _over_some(name: str, *columns: str, where: str, unique: bool) -> None:
    rows = sa.text(where)
    op.create_index(
        name,
        "sittings",
        list(columns),
        unique=unique,
        sqlite_where=rows,
        postgresql_where=rows,
    )
