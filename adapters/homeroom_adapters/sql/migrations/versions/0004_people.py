"""The tables of people: persons with their names and roles, credentials, sessions and tokens."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    _create_persons()
    _create_names_and_roles()
    _create_credentials()
    _create_sessions()
    _create_session_tokens()


def downgrade() -> None:
    of_persons = ("credentials", "person_roles", "person_names", "persons")
    for table in ("session_tokens", "sessions", *of_persons):
        op.drop_table(table)


def _create_persons() -> None:
    op.create_table(
        "persons",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("user_name", sa.Text, nullable=False),
        sa.Column("first_name", sa.Text, nullable=False),
        sa.Column("last_name", sa.Text, nullable=False),
        sa.Column("email", sa.Text),
        sa.Column("sought", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("last_login_at", Instant),
        sa.Column("version", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institutions.id"], name="fk_persons_institution"
        ),
    )
    op.create_index("ix_persons_institution", "persons", ["institution_id", "id"])


def _create_names_and_roles() -> None:
    op.create_table(
        "person_names",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        _of_a_person("person_names"),
    )
    op.create_index("ix_person_names_person", "person_names", ["person_id"])
    op.create_table(
        "person_roles",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("role", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        _of_a_person("person_roles"),
    )
    op.create_index("ix_person_roles_role", "person_roles", ["role", "person_id"])


def _create_credentials() -> None:
    op.create_table(
        "credentials",
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("hashed", sa.Text, nullable=False),
        sa.Column("must_change", sa.Boolean, nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        _of_a_person("credentials"),
    )


def _create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("person_id", sa.Uuid, nullable=False),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("browser", sa.Text, nullable=False),
        sa.Column("system", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("token_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("began_at", Instant, nullable=False),
        sa.Column("used_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("ended_at", Instant),
        sa.Column("ended_by", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        _of_a_person("sessions"),
    )
    going_on = ["person_id", "ended_at", "used_at", "id"]
    op.create_index("ix_sessions_person", "sessions", going_on)
    ended = sa.text("ended_at IS NOT NULL")
    op.create_index(
        "ix_sessions_ended", "sessions", ["ended_at"], sqlite_where=ended, postgresql_where=ended
    )
    op.create_index("ix_sessions_expires", "sessions", ["expires_at"])


def _create_session_tokens() -> None:
    op.create_table(
        "session_tokens",
        sa.Column("token_id", sa.Uuid, primary_key=True),
        sa.Column("session_id", sa.Uuid, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_session_tokens_session", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_session_tokens_session", "session_tokens", ["session_id"])


def _of_a_person(table: str) -> sa.ForeignKeyConstraint:
    """What goes when its person goes."""
    name = f"fk_{table}_person"
    return sa.ForeignKeyConstraint(["person_id"], ["persons.id"], name=name, ondelete="CASCADE")
