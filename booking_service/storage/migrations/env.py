"""Alembic's entry: runs the migrations over the connection that storage.migrations hands in, in one transaction."""

from alembic import context

from booking_service.storage.tables.metadata import METADATA

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=True,
    transaction_per_migration=False,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
