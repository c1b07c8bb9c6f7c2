"""Bring a database to the schema that this program knows.

Runs by itself at start. Several instances may start at once: on PostgreSQL an advisory lock lets
one of them work while the others wait and then find nothing to do; on SQLite the transaction is
the lock.
"""

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from callcenter.db.engine import UNHURRIED, Database
from callcenter.errors import CallcenterError

MIGRATION_LOCK = 0x6D696772
"""Key of PostgreSQL's advisory lock around a migration ("migr")."""


class SchemaTooNewError(CallcenterError):
    """The database was migrated by a newer version of this program."""

    code = "schema_too_new"


async def upgrade(database: Database) -> str:
    """Migrate to the newest revision this program has, and return that revision."""
    async with database.transaction() as connection:
        return await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> str:
    if connection.dialect.name == "postgresql":
        connection.execute(UNHURRIED)  # revisions are imported between two statements
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    config = Config()
    config.set_main_option("script_location", "callcenter.db:migrations")
    config.attributes["connection"] = connection
    scripts = ScriptDirectory.from_config(config)
    head = scripts.get_current_head()
    if head is None:
        raise RuntimeError("the package holds no migration")
    found = MigrationContext.configure(connection).get_current_revision()
    if found is not None and found not in {script.revision for script in scripts.walk_revisions()}:
        raise SchemaTooNewError(
            f"the database has schema revision {found}, which this version does not know; "
            "install the version of callcenter that last ran on it, or a newer one"
        )
    if found != head:
        command.upgrade(config, head)
    return head
