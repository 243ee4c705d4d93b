"""Roles held at one node of the roster."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "person_posts",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("node_id", sa.Uuid, primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["persons.id"], name="fk_person_posts_person", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_person_posts_node", "person_posts", ["node_id", "person_id"])
    op.create_index("ix_person_posts_role", "person_posts", ["role", "person_id"])


def downgrade() -> None:
    op.drop_table("person_posts")
