"""When somebody was born, sealed."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "ages",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("attested_by", sa.Uuid),
        sa.Column("attested_at", Instant),
        sa.Column("evidence", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_ages_person", ondelete="CASCADE"
        ),
    )


def downgrade() -> None:
    op.drop_table("ages")
