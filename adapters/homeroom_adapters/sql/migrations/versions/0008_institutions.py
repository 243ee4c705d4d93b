"""What institutions subscribed to, and how they want their data treated."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Those that are there already have what is theirs if nobody says otherwise."""
    for column in _columns():
        op.add_column("institutions", column)


def downgrade() -> None:
    for column in reversed(_columns()):
        op.drop_column("institutions", column.name)


def _columns() -> list[sa.Column[object]]:
    no = sa.false()
    return [
        sa.Column("plan", sa.Text, nullable=False, server_default="basic"),
        sa.Column("status", sa.Text, nullable=False, server_default="active"),
        sa.Column("subscribed_until", Instant),
        sa.Column("retention_days", sa.Integer, nullable=False, server_default="2555"),
        sa.Column("agreed_recording", sa.Boolean, nullable=False, server_default=no),
        sa.Column("agreed_ai", sa.Boolean, nullable=False, server_default=no),
        sa.Column("agreed_data_sharing", sa.Boolean, nullable=False, server_default=no),
        sa.Column("time_zone", sa.Text, nullable=False, server_default="UTC"),
    ]
