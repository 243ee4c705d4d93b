"""What tasks look up often: which ends they send to; and one index less that each run writes."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

_LIVING = sa.text("deleted_at IS NULL")
_FINISHED = sa.text("finished_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_tasks_target",
        "tasks",
        ["target_fingerprint"],
        postgresql_where=_LIVING,
        sqlite_where=_LIVING,
    )
    op.drop_index("ix_executions_finished", "executions")


def downgrade() -> None:
    op.create_index(
        "ix_executions_finished",
        "executions",
        ["finished_at"],
        postgresql_where=_FINISHED,
        sqlite_where=_FINISHED,
    )
    op.drop_index("ix_tasks_target", "tasks")
