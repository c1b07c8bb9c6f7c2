"""``callcenter directory import``."""

import asyncio
from pathlib import Path

import click

from callcenter.cli.options import config_option, migrated_database
from callcenter.config import Settings
from callcenter.directory.importer import ImportReport, import_csv

ROWS_LEFT_OUT = 1
"""The exit code when the good rows were imported and others were not."""


@click.group
def directory() -> None:
    """The companies and people who call."""


@directory.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
def import_file(settings: Settings, file: Path) -> None:
    """Bring in the companies and contacts of FILE, a CSV file in UTF-8.

    Its first line names the columns, of company, contact, phone, mobile, email, contract,
    account_owner and backup. Importing again updates. A row that cannot be used is told with its
    line and left out, and the exit code is then 1; the others are imported.

    \b
    Example:
      callcenter directory import customers.csv
    """
    report = asyncio.run(import_directory(settings, file))
    for row in report.bad_rows:
        click.echo(f"{file}, {row}", err=True)
    click.echo(
        f"{report.added} added, {report.updated} updated, {report.unchanged} as they were, "
        f"{len(report.bad_rows)} left out"
    )
    if report.bad_rows:
        click.get_current_context().exit(ROWS_LEFT_OUT)


async def import_directory(settings: Settings, file: Path) -> ImportReport:
    """Import a file into the database. Raises DirectoryFileError: none of it can be used."""
    async with migrated_database(settings) as database:
        return await import_csv(database, file, country=settings.site.country)
