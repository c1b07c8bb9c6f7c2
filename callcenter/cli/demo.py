"""``callcenter demo``."""

import asyncio

import click

from callcenter import wiring
from callcenter.cli import logs
from callcenter.cli.options import config_option
from callcenter.config import Settings


@click.command
@config_option
def demo(settings: Settings) -> None:
    """Show the service at work with a small built-in PBX and a directory of invented companies.

    It prints the address to open and how to sign in. A call rings every few seconds. Nothing of
    it is kept, and the database of the configuration is not touched.

    \b
    Example:
      CALLCENTER_HTTP__PORT=9000 callcenter demo
    """
    logs.configure(settings.log.level)
    asyncio.run(wiring.demo(settings))
