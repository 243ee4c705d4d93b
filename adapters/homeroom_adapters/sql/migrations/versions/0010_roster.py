"""The tree of a school, and who is enrolled where."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.roster_tables import Path
from homeroom_adapters.sql.tables import Instant

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    _create_nodes()
    _create_enrolments()


def downgrade() -> None:
    op.drop_table("roster_enrolments")
    op.drop_table("roster_nodes")


def _create_nodes() -> None:
    op.create_table(
        "roster_nodes",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("parent_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("reference", sa.Text),
        sa.Column("path", Path, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name="fk_roster_nodes_institution"
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["roster_nodes.id"], name="fk_roster_nodes_above"),
    )
    _unique("ix_roster_nodes_code", "parent_id", "code", where="parent_id IS NOT NULL")
    _unique("ix_roster_nodes_root_code", "institution_id", "code", where="parent_id IS NULL")
    referred = "reference IS NOT NULL"
    _unique("ix_roster_nodes_reference", "institution_id", "reference", where=referred)
    op.create_index("ix_roster_nodes_institution", "roster_nodes", ["institution_id", "id"])
    op.create_index("ix_roster_nodes_path", "roster_nodes", ["path"])


def _unique(name: str, *columns: str, where: str) -> None:
    rows = sa.text(where)
    op.create_index(
        name,
        "roster_nodes",
        list(columns),
        unique=True,
        sqlite_where=rows,
        postgresql_where=rows,
    )


def _create_enrolments() -> None:
    op.create_table(
        "roster_enrolments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("node_id", sa.Uuid, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["persons.id"],
            name="fk_roster_enrolments_person",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["node_id"], ["roster_nodes.id"], name="fk_roster_enrolments_node"),
    )
    op.create_index(
        "ix_roster_enrolments_person", "roster_enrolments", ["person_id", "node_id"], unique=True
    )
    op.create_index("ix_roster_enrolments_node", "roster_enrolments", ["node_id", "id"])
