"""Executions by when they were scheduled, for who looks at those of all institutions."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_index("ix_executions_scheduled", "executions", ["scheduled_for", "id"])


def downgrade() -> None:
    op.drop_index("ix_executions_scheduled", "executions")
