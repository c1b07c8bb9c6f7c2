"""``callcenter backup``."""

from pathlib import Path

import click
from sqlalchemy import make_url

from callcenter.cli.options import config_option
from callcenter.config import Settings
from callcenter.db.backup import BackupError, back_up


@click.command
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace a file that is there.")
@config_option
def backup(settings: Settings, path: Path, *, force: bool) -> None:
    """Copy the SQLite database to PATH, whole and checked, while the service runs.

    To go back to it, stop the service, remove what is left beside the database (its name with -wal
    or -journal behind it), and put the copy in its place. For PostgreSQL there is pg_dump.

    \b
    Example:
      callcenter backup "/var/backups/callcenter-$(date +%F).db"
    """
    url = make_url(settings.database.url.get_secret_value())
    if url.get_backend_name() != "sqlite":
        raise BackupError(
            "callcenter backup is for SQLite; copy this database with PostgreSQL's own means: "
            f"pg_dump --format=custom --file={path} {url.database}"
        )
    size = back_up(Path(url.database or ""), path, replace=force)
    click.echo(f"{path}: {size / 1e6:.1f} MB, whole and on disk")
