"""Where Alembic starts: it is handed a connection by `gateway.record.migrate`, in a transaction."""

from __future__ import annotations

from alembic import context

from gateway.record.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
