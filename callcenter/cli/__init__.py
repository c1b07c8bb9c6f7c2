"""The command line: one command a file.

A command's file, and all that it needs, is imported only when that command is asked for: help
and a mistyped command are answered at once. ``group`` has the table of them.
"""

import click

from callcenter.cli.group import Commands


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Begin with: callcenter demo",
)
@click.version_option(package_name="callcenter", message="%(prog)s %(version)s")
def main() -> None:
    """A telephony helpdesk beside Asterisk: no answered call without its ticket.

    Settings come from callcenter.toml, or the file named by --config, and from environment
    variables over it: CALLCENTER_HTTP__PORT=8080.
    """
