"""Keys that were wrong, what happened beside a sitting, and sittings that do not count."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0020"
down_revision = "0019"


_WHY = "what happened beside a sitting does not change, and goes only with the sitting"
_ITS_SITTING = "SELECT 1 FROM sittings WHERE sittings.id = OLD.sitting_id"


def upgrade() -> None:
    _create_regrades()
    _create_events()
    _keep_events()


def downgrade() -> None:
    op.drop_table("sitting_events")
    if not _on_sqlite():
        op.execute("DROP FUNCTION homeroom_sitting_events_stay()")
        op.execute("DROP FUNCTION homeroom_sitting_events_are_kept()")
    op.drop_index("ix_sitting_answers_question", "sitting_answers")
    for column in ("attempt", "invalid_reason", "invalidated_at", "regrades"):
        op.drop_column("sittings", column)
    op.drop_table("question_regrades")


def _create_regrades() -> None:
    op.create_table(
        "question_regrades",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("question_id", sa.Uuid, nullable=False),
        sa.Column("editions", sa.Text, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_at", Instant, nullable=False),
        sa.Column("done_at", Instant),
        sa.Column("reached", sa.Uuid),
        sa.Column("examined", sa.Integer, nullable=False),
        sa.Column("changed", sa.Integer, nullable=False),
        sa.Column("passed", sa.Integer, nullable=False),
        sa.Column("failed", sa.Integer, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["questions.id"], name="fk_question_regrades_question"
        ),
    )
    op.create_index("ix_question_regrades_question", "question_regrades", ["question_id", "id"])
    op.create_index("ix_sitting_answers_question", "sitting_answers", ["question_id", "sitting_id"])
    op.add_column("sittings", sa.Column("regrades", sa.Text))
    op.add_column("sittings", sa.Column("invalidated_at", Instant))
    op.add_column("sittings", sa.Column("invalid_reason", sa.Text))
    op.add_column("sittings", sa.Column("attempt", sa.Text))


def _create_events() -> None:
    op.create_table(
        "sitting_events",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sitting_id", sa.Uuid, nullable=False),
        sa.Column("mark", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("said_at", Instant, nullable=False),
        sa.Column("question_id", sa.Uuid),
        sa.Column("seconds", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings.id"], name="fk_sitting_events_sitting", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("sitting_id", "mark", name="uq_sitting_events_mark"),
    )
    op.create_index("ix_sitting_events_sitting", "sitting_events", ["sitting_id", "id"])


def _keep_events() -> None:
    """When a sitting goes, because its person's data are erased, it is gone before its events."""
    if _on_sqlite():
        refuse = f"BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
        op.execute(f"CREATE TRIGGER sitting_events_stay BEFORE UPDATE ON sitting_events {refuse}")
        op.execute(
            "CREATE TRIGGER sitting_events_are_kept BEFORE DELETE ON sitting_events"
            f" WHEN EXISTS ({_ITS_SITTING}) {refuse}"
        )
        return
    for name, moment, when in (
        ("sitting_events_stay", "UPDATE", "TRUE"),
        ("sitting_events_are_kept", "DELETE", f"EXISTS ({_ITS_SITTING})"),
    ):
        op.execute(
            f"CREATE FUNCTION homeroom_{name}() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN IF {when} THEN RAISE EXCEPTION '{_WHY}'; END IF; RETURN OLD; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {moment} ON sitting_events FOR EACH ROW"
            f" EXECUTE FUNCTION homeroom_{name}()"
        )


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
