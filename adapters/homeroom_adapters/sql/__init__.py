"""SQL: one package for SQLite and PostgreSQL, on SQLAlchemy Core and Alembic."""
