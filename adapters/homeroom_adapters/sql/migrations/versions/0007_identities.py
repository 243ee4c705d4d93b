"""Who somebody is elsewhere, in a Moodle or at Google."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "identities",
        sa.Column("provider", sa.Text, primary_key=True),
        sa.Column("subject", sa.Text, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("sealed", sa.Text),
        sa.Column("linked_at", Instant, nullable=False),
        sa.Column("used_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_identities_person", ondelete="CASCADE"
        ),
    )
    in_order = ["person_id", "linked_at", "provider", "subject"]
    op.create_index("ix_identities_person", "identities", in_order)


def downgrade() -> None:
    op.drop_table("identities")
