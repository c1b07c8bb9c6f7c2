"""The commands there are, and how their errors are told."""

from importlib import import_module
from typing import Any

import click

from callcenter.errors import CallcenterError

COMMANDS = {
    "serve": "Run the service.",
    "check": "Validate the configuration and try each connection.",
    "demo": "Show the service with invented callers; nothing else is needed.",
    "agent": "The people who sign in.",
    "customer": "The people who sign in to the portal.",
    "token": "The API's bearer tokens.",
    "ticket": "The tickets that answered calls still wait for.",
    "desk": "The ticketing backends.",
    "directory": "The companies and people who call.",
    "person": "What is kept of somebody: all of it, or none of it any more.",
    "history": "The calls of before, from the PBX's own records.",
    "dialplan": "What Asterisk needs for the lines.",
    "audit": "Whether every answered call has its ticket, by all there is to ask.",
    "db": "The database.",
    "backup": "Copy the SQLite database while the service runs.",
}
"""Each is in the file of its name."""

EXIT_CODE = 2
"""Of every error this program tells of: wrong use, wrong configuration, something not there."""


class ToldError(click.ClickException):
    """An error whose message is all that is shown of it."""

    exit_code = EXIT_CODE


class Commands(click.Group):
    """Commands that are imported when asked for, and whose errors are told without a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """The commands as help shows them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of this name; None where there is none."""
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"callcenter.cli.{cmd_name}"), cmd_name)
        return found if isinstance(found, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was asked for; its errors go to stderr in words, exit code 2."""
        try:
            return super().invoke(ctx)
        except CallcenterError as error:
            raise ToldError(str(error)) from error
