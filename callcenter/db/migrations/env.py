"""Alembic's entry point: runs on the connection that ``callcenter.db.migrate`` hands it."""

from alembic import context

from callcenter.db.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
