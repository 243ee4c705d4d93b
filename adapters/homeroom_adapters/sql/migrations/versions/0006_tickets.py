"""Tickets: what lets somebody choose a password once. A person has one open at most."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("used_at", Instant),
        sa.Column("revoked_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_tickets_person", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_tickets_digest", "tickets", ["digest"], unique=True)
    open_ = sa.text("used_at IS NULL AND revoked_at IS NULL")
    op.create_index(
        "ix_tickets_open",
        "tickets",
        ["person_id"],
        unique=True,
        sqlite_where=open_,
        postgresql_where=open_,
    )
    op.create_index("ix_tickets_person", "tickets", ["person_id"])
    op.create_index("ix_tickets_institution", "tickets", ["institution_id", "kind", "id"])
    op.create_index("ix_tickets_expires", "tickets", ["kind", "expires_at"])


def downgrade() -> None:
    op.drop_table("tickets")
