"""What several institutions stand under."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import DISTRICT_NAME, Instant

revision = "0012"
down_revision = "0011"

_FOREIGN_KEY = "fk_institutions_district"


def upgrade() -> None:
    """Those that are there already stand alone."""
    op.create_table(
        "districts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("superintendent", sa.Text, nullable=False),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("phone", sa.Text, nullable=False),
        sa.Column("website", sa.Text, nullable=False),
        sa.Column("plan", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.UniqueConstraint("name", "state", name=DISTRICT_NAME),
    )
    if _on_sqlite():  # it takes a foreign key only together with its column
        op.execute(
            "ALTER TABLE institutions ADD COLUMN district_id CHAR(32) "
            f"CONSTRAINT {_FOREIGN_KEY} REFERENCES districts (id)"
        )
    else:
        op.add_column("institutions", sa.Column("district_id", sa.Uuid))
        op.create_foreign_key(_FOREIGN_KEY, "institutions", "districts", ["district_id"], ["id"])
    op.create_index("ix_institutions_district", "institutions", ["district_id"])


def downgrade() -> None:
    op.drop_index("ix_institutions_district", "institutions")
    op.drop_column("institutions", "district_id")
    op.drop_table("districts")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
