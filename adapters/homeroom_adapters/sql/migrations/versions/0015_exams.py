"""Vendors, exams and the question bank, of which the database itself lets no edition change."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0015"
down_revision = "0014"

_MOMENTS = {
    "question_editions_stay": "BEFORE UPDATE ON question_editions {each}",
    "question_editions_are_kept": "BEFORE DELETE ON question_editions {each}",
}
_WHY = "editions of questions do not change, and are kept"


def upgrade() -> None:
    _create_vendors()
    _create_exams()
    _create_questions()
    _create_editions()
    if not _on_sqlite():
        op.execute(
            "CREATE FUNCTION homeroom_editions_stay() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{_WHY}'; END $$"
        )
    for name, moment in _MOMENTS.items():
        op.execute(f"CREATE TRIGGER {name} {moment.format(each=_each())} {_refuse()}")


def downgrade() -> None:
    for table in ("question_editions", "questions", "exams", "vendors"):
        op.drop_table(table)
    if not _on_sqlite():
        op.execute("DROP FUNCTION homeroom_editions_stay()")


def _create_vendors() -> None:
    op.create_table(
        "vendors",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("website", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name="fk_vendors_institution"
        ),
        sa.UniqueConstraint("institution_id", "name", name="uq_vendors_name"),
    )
    op.create_index("ix_vendors_institution", "vendors", ["institution_id", "id"])


def _create_exams() -> None:
    op.create_table(
        "exams",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("vendor_id", sa.Uuid, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("outline", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name="fk_exams_vendor"),
        sa.UniqueConstraint("vendor_id", "code", name="uq_exams_code"),
    )
    op.create_index("ix_exams_institution", "exams", ["institution_id", "id"])


def _create_questions() -> None:
    op.create_table(
        "questions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("exam_id", sa.Uuid, nullable=False),
        sa.Column("objective_id", sa.Uuid, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("difficulty", sa.SmallInteger, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["exam_id"], ["exams.id"], name="fk_questions_exam"),
    )
    referred = sa.text("reference IS NOT NULL")
    op.create_index(
        "ix_questions_reference",
        "questions",
        ["exam_id", "reference"],
        unique=True,
        sqlite_where=referred,
        postgresql_where=referred,
    )
    pool = ["exam_id", "status", "objective_id", "difficulty", "id", "edition"]
    op.create_index("ix_questions_pool", "questions", pool)
    op.create_index("ix_questions_exam", "questions", ["exam_id", "id"])
    op.create_index("ix_questions_institution", "questions", ["institution_id", "id"])


def _create_editions() -> None:
    op.create_table(
        "question_editions",
        sa.Column("question_id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name="fk_question_editions_question"
        ),
    )


def _each() -> str:
    return "" if _on_sqlite() else "FOR EACH ROW"


def _refuse() -> str:
    if _on_sqlite():
        return f"BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
    return "EXECUTE FUNCTION homeroom_editions_stay()"


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
