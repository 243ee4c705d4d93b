"""Where Alembic meets our connection; there is no ini file, and nothing connects by itself."""

from alembic import context

import homeroom_adapters.sql.adaptive_tables
import homeroom_adapters.sql.consent_tables
import homeroom_adapters.sql.exams_tables
import homeroom_adapters.sql.identity_tables
import homeroom_adapters.sql.people_tables
import homeroom_adapters.sql.question_generation_tables
import homeroom_adapters.sql.question_regrade_tables
import homeroom_adapters.sql.record_tables
import homeroom_adapters.sql.roster_tables
import homeroom_adapters.sql.scheduling_tables
import homeroom_adapters.sql.sitting_event_tables
import homeroom_adapters.sql.sitting_tables  # noqa: F401 - and so are these
from homeroom_adapters.sql.tables import metadata

connection = context.config.attributes.get("connection")
dialect = context.config.attributes.get("dialect", "postgresql")

# Both dialects undo DDL with the rest of a transaction, so an upgrade happens whole or not at all.
context.configure(
    connection=connection,
    dialect_name=None if connection is not None else dialect,
    target_metadata=metadata,
    transactional_ddl=True,
    literal_binds=context.is_offline_mode(),
)

with context.begin_transaction():
    context.run_migrations()
