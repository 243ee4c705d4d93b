"""The tables of the roster: the tree of a school, and who is enrolled where."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

NODE_CODE = "ix_roster_nodes_code"
ROOT_CODE = "ix_roster_nodes_root_code"
NODE_REFERENCE = "ix_roster_nodes_reference"

Path = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Compared byte by byte, so that what is below a node is one stretch of an index."""

roster_nodes = sa.Table(
    "roster_nodes",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "institution_id",
        sa.Uuid,
        sa.ForeignKey("institutions.id", name="fk_roster_nodes_institution"),
        nullable=False,
    ),
    sa.Column("parent_id", sa.Uuid, sa.ForeignKey("roster_nodes.id", name="fk_roster_nodes_above")),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sought", sa.Text, nullable=False),
    sa.Column("reference", sa.Text),
    sa.Column("path", Path, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    partial(NODE_CODE, "parent_id", "code", where="parent_id IS NOT NULL", unique=True),
    partial(ROOT_CODE, "institution_id", "code", where="parent_id IS NULL", unique=True),
    partial(
        NODE_REFERENCE,
        *("institution_id", "reference"),
        where="reference IS NOT NULL",
        unique=True,
    ),
    sa.Index("ix_roster_nodes_institution", "institution_id", "id"),
    sa.Index("ix_roster_nodes_path", "path"),
)
"""`path` is the ids in hex from the root to the node itself, joined by '/': whose beginning it is,
is above. `sought` is what a search for words looks through."""

roster_enrolments = sa.Table(
    "roster_enrolments",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_roster_enrolments_person", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column(
        "node_id",
        sa.Uuid,
        sa.ForeignKey("roster_nodes.id", name="fk_roster_enrolments_node"),
        nullable=False,
    ),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_roster_enrolments_person", "person_id", "node_id", unique=True),
    sa.Index("ix_roster_enrolments_node", "node_id", "id"),
)
"""Nobody is enrolled twice in one place."""
