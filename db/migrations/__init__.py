"""Alembic's tree of schema versions, one for SQLite and PostgreSQL."""
