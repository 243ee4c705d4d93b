"""The record's heads only grow, and nothing empties the record."""

from alembic import op

revision = "0026"
down_revision = "0025"

_WHY = "entries of the record do not change, and are kept"
_ON_HEADS = {
    "audit_heads_are_kept": ("BEFORE DELETE ON audit_heads", ""),
    "audit_heads_grow": (
        "BEFORE UPDATE ON audit_heads",
        "WHEN (NEW.sealed < OLD.sealed OR NEW.institution_id <> OLD.institution_id)",
    ),
}
_EMPTIED = ("audit_entries", "audit_heads")


def upgrade() -> None:
    for name, (moment, condition) in _ON_HEADS.items():
        if _on_sqlite():
            refuse = f"BEGIN SELECT RAISE(ABORT, '{_WHY}'); END"
            op.execute(f"CREATE TRIGGER {name} {moment} {condition} {refuse}")
        else:
            refuse = "EXECUTE FUNCTION homeroom_record_stays()"
            op.execute(f"CREATE TRIGGER {name} {moment} FOR EACH ROW {condition} {refuse}")
    if not _on_sqlite():  # SQLite empties a table row by row
        for table in _EMPTIED:
            op.execute(
                f"CREATE TRIGGER {table}_are_not_emptied BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION homeroom_record_stays()"
            )


def downgrade() -> None:
    on = "" if _on_sqlite() else " ON audit_heads"
    for name in _ON_HEADS:
        op.execute(f"DROP TRIGGER {name}{on}")
    if not _on_sqlite():
        for table in _EMPTIED:
            op.execute(f"DROP TRIGGER {table}_are_not_emptied ON {table}")


def _on_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
