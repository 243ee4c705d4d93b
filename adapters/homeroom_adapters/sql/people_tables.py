"""The tables of persons: what they are called, what they are, their passwords and sessions."""

import sqlalchemy as sa

from homeroom_adapters.sql.tables import Instant, metadata, partial

persons = sa.Table(
    "persons",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "institution_id",
        sa.Uuid,
        sa.ForeignKey("institutions.id", name="fk_persons_institution"),
        nullable=False,
    ),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("first_name", sa.Text, nullable=False),
    sa.Column("last_name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("sought", sa.Text, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_login_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_persons_institution", "institution_id", "id"),
)
"""`sought` is what a search for words looks through."""

person_names = sa.Table(
    "person_names",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_person_names_person", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Index("ix_person_names_person", "person_id"),
)
"""User names and e-mail addresses, small: each means one person in the house, whichever it is."""

person_roles = sa.Table(
    "person_roles",
    metadata,
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_person_roles_person", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Index("ix_person_roles_role", "role", "person_id"),
)
"""What somebody is in the whole institution."""

person_posts = sa.Table(
    "person_posts",
    metadata,
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_person_posts_person", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("node_id", sa.Uuid, primary_key=True),
    sa.Column("role", sa.Text, primary_key=True),
    sa.Column("source", sa.Text, primary_key=True),
    sa.Index("ix_person_posts_node", "node_id", "person_id"),
    sa.Index("ix_person_posts_role", "role", "person_id"),
)
"""What somebody is at one node of the roster alone. In a table of its own, for no two NULLs are
the same to an index: a role held everywhere would be held there twice."""

credentials = sa.Table(
    "credentials",
    metadata,
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_credentials_person", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("hashed", sa.Text, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),
    sa.Column("changed_at", Instant, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

ages = sa.Table(
    "ages",
    metadata,
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_ages_person", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("sealed", sa.Text),
    sa.Column("attested_by", sa.Uuid),
    sa.Column("attested_at", Instant),
    sa.Column("evidence", sa.Text),
    sa.Column("version", sa.Integer, nullable=False),
)

sessions = sa.Table(
    "sessions",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_sessions_person", ondelete="CASCADE"),
        nullable=False,
    ),
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
    sa.Index("ix_sessions_person", "person_id", "ended_at", "used_at", "id"),
    partial("ix_sessions_ended", "ended_at", where="ended_at IS NOT NULL"),
    sa.Index("ix_sessions_expires", "expires_at"),
)

session_tokens = sa.Table(
    "session_tokens",
    metadata,
    sa.Column("token_id", sa.Uuid, primary_key=True),
    sa.Column(
        "session_id",
        sa.Uuid,
        sa.ForeignKey("sessions.id", name="fk_session_tokens_session", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Index("ix_session_tokens_session", "session_id"),
)
"""Every token that a session ever went on with: one that comes a second time must be known."""

tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column(
        "person_id",
        sa.Uuid,
        sa.ForeignKey("persons.id", name="fk_tickets_person", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("institution_id", sa.Uuid, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Index("ix_tickets_digest", "digest", unique=True),
    partial(
        "ix_tickets_open",
        "person_id",
        where="used_at IS NULL AND revoked_at IS NULL",
        unique=True,
    ),
    sa.Index("ix_tickets_person", "person_id"),
    sa.Index("ix_tickets_institution", "institution_id", "kind", "id"),
    sa.Index("ix_tickets_expires", "kind", "expires_at"),
)
"""What lets somebody choose a password once. Of a person's tickets one is open at most."""
