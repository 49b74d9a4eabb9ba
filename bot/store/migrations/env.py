"""Alembic's entry: runs on the connection `bot.store.migrate` hands over."""

from __future__ import annotations

from alembic import context

from bot.store.tables import metadata, partial_on_postgres_too

partial_on_postgres_too()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
