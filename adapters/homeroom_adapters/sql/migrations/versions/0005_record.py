"""The record of who did what, which the database itself lets nobody change or empty."""

import sqlalchemy as sa
from alembic import op

from homeroom_adapters.sql.tables import Instant

revision = "0005"
down_revision = "0004"

_WORDS = (
    "id, institution_id, at, person_id, api_key_id, action, resource, resource_id, outcome,"
    " trace_id, changes"
)
_MOMENTS = {
    "audit_entries_stay": f"BEFORE UPDATE OF {_WORDS} ON audit_entries {{each}}",
    "audit_entries_are_kept": "BEFORE DELETE ON audit_entries {each}",
    "audit_entries_are_sealed_once": (
        "BEFORE UPDATE OF place, link ON audit_entries {each} WHEN (OLD.place IS NOT NULL)"
    ),
}
_WHY = "entries of the record do not change, and are kept"


def upgrade() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("institution_id", sa.Uuid, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("person_id", sa.Uuid),
        sa.Column("api_key_id", sa.Uuid),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("resource", sa.Text, nullable=False),
        sa.Column("resource_id", sa.Uuid),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("trace_id", sa.Text, nullable=False),
        sa.Column("changes", sa.Text, nullable=False),
        sa.Column("place", sa.BigInteger),
        sa.Column("link", sa.Text),
    )
    op.create_table(
        "audit_heads",
        sa.Column("institution_id", sa.Uuid, primary_key=True),
        sa.Column("sealed", sa.BigInteger, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
    )
    _create_indexes()
    if not _on_sqlite():
        op.execute(
            "CREATE FUNCTION homeroom_record_stays() RETURNS trigger LANGUAGE plpgsql AS"
            f" $$ BEGIN RAISE EXCEPTION '{_WHY}'; END $$"
        )
    for name, moment in _MOMENTS.items():
        op.execute(f"CREATE TRIGGER {name} {moment.format(each=_each())} {_refuse()}")


def downgrade() -> None:
    op.drop_table("audit_heads")
    op.drop_table("audit_entries")
    if not _on_sqlite():
        op.execute("DROP FUNCTION homeroom_record_stays()")


def _create_indexes() -> None:
    of = "audit_entries"
    op.create_index("ix_audit_entries_institution", of, ["institution_id", "id"])
    op.create_index("ix_audit_entries_place", of, ["institution_id", "place"], unique=True)
    op.create_index("ix_audit_entries_person", of, ["person_id", "id"])
    op.create_index("ix_audit_entries_resource", of, ["resource_id", "id"])
    open_ = sa.text("place IS NULL")
    op.create_index(
        "ix_audit_entries_unsealed",
        of,
        ["institution_id", "id"],
        sqlite_where=open_,
        postgresql_where=open_,
    )


def _each() -> str:
    return "" if _on_sqlite() else "FOR EACH ROW"


def _refuse() -> str:
    if _on_sqlite():
        return f"BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
    return "EXECUTE FUNCTION homeroom_record_stays()"


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
