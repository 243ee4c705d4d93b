"""What somebody agreed to, with its evidence."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("given_by", sa.Text, nullable=False),
        sa.Column("evidence", sa.Text, nullable=False),
        sa.Column("given_at", Instant, nullable=False),
        sa.Column("expires_at", Instant),
        sa.Column("withdrawn_at", Instant),
        sa.Column("over_at", Instant),
        sa.Column("is_bare", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_consents_person", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_consents_person", "consents", ["person_id", "id"])
    kept = sa.text("NOT is_bare AND over_at IS NOT NULL")
    op.create_index(
        "ix_consents_over",
        "consents",
        ["institution_id", "over_at", "id"],
        sqlite_where=kept,
        postgresql_where=kept,
    )


def downgrade() -> None:
    op.drop_table("consents")
