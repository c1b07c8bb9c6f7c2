"""A real Asterisk that keeps every record it has, and the service beside it."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from callcenter.cli.options import database_at
from callcenter.cli.site import to_site
from callcenter.config import load
from callcenter.db import team, tokens
from callcenter.db.migrate import upgrade
from callcenter.db.team import Fields
from callcenter.db.trail import By
from callcenter.web.passwords import Passwords
from dialplan import Site, render
from tests.chaos.clock import Clock
from tests.figures import site, telephones
from tests.rig import telephone
from tests.rig.net import Net
from tests.rig.rig import SIP_PORT, Rig
from tests.rig.service import Service
from tests.rig.sipp import FIRST_MEDIA_PORT, Sipp

CEL = """\
[general]
enable = yes
apps = queue,dial,voicemail,playback,read
events = CHAN_START,HANGUP,APP_START,APP_END,BRIDGE_ENTER,BRIDGE_EXIT,BLINDTRANSFER,ATTENDEDTRANSFER
"""
CEL_COLUMNS = (
    "${eventtype}",
    "${eventtime}",
    "${CHANNEL(channame)}",
    "${CHANNEL(uniqueid)}",
    "${CHANNEL(linkedid)}",
    "${CHANNEL(exten)}",
    "${CALLERID(num)}",
    "${CHANNEL(appname)}",
    "${eventextra}",
)
"""What ``apart/cel.py`` reads, in its order."""

CDREL_SINCE = 22
"""Since when what writes CEL's rows is a module of its own."""

CEL_FILE = "calls.csv"
CEL_FOLDER = "log/cel-custom"
"""Of Asterisk's own folder; it makes the file."""


@dataclass(frozen=True, kw_only=True)
class House:
    """``folder`` has the service's log and database, and what the telephones wrote."""

    rig: Rig
    service: Service
    clock: Clock
    token: str
    folder: Path


@asynccontextmanager
async def opened(version: int, folder: Path) -> AsyncIterator[House]:
    """Set all of it up, until the end of the block."""
    async with AsyncExitStack() as stack:
        net = Net()
        stack.callback(net.close)
        clock = Clock(folder / "clock")
        database = f"sqlite+aiosqlite:///{folder / 'callcenter.db'}"
        configuration = site.write(folder, net, database, datetime.now(UTC))
        service = _service(configuration, net, clock)
        stack.callback(service.kill)
        token = await _hire(database)
        rig = Rig(version, to_site(load(configuration, service.environ)), net=net, files=with_cel)
        (rig.asterisk.folder / CEL_FOLDER).mkdir()
        await asyncio.gather(stack.enter_async_context(rig), service.start())
        for name in (each.name for each in rig.site.telephones):
            rig.phone(name).unplugged()
        for process in _telephones(rig, folder):
            stack.callback(process.stop)
        yield House(rig=rig, service=service, clock=clock, token=token, folder=folder)


def with_cel(rendered: Site, version: int) -> dict[str, str]:
    """The files that let Asterisk write CEL too, which the rendered line does not."""
    columns = ",".join(f"${{CSV_QUOTE({column})}}" for column in CEL_COLUMNS)
    modules = ("res_cdrel_custom", "cel_custom") if version >= CDREL_SINCE else ("cel_custom",)
    more = "".join(f"load = {module}.so\n" for module in modules)
    return {
        "cel.conf": CEL,
        "cel_custom.conf": f"[mappings]\n{CEL_FILE} => {columns}\n",
        "modules.conf": render(rendered, "standalone", version)["modules.conf"] + more,
    }


def _service(configuration: Path, net: Net, clock: Clock) -> Service:
    """Nothing of this machine's own settings gets into it."""
    environ = {name: text for name, text in os.environ.items() if "CALLCENTER_" not in name}
    url = f"http://{net.service}:{site.PORT}"
    return Service(configuration, url, environ | clock.environ, quiet=True, program=clock.program)


async def _hire(url: str) -> str:
    """Make the database with whoever works here; give the API's token."""
    hashed = await Passwords().hash(site.PASSWORD)
    by = By(None, datetime.now(UTC))
    people = [
        (login, Fields(name, "agent", None, (interface,)))
        for interface, (login, name) in site.AGENTS.items()
    ]
    people.append((site.SUPERVISOR, Fields("Éva Roux", "supervisor", "en", ())))
    async with database_at(url) as database:
        await upgrade(database)
        async with database.transaction() as connection:
            for login, fields in people:
                await team.add(connection, login=login, fields=fields, password_hash=hashed, by=by)
            return await tokens.create(connection, "figures", by.now)


def _telephones(rig: Rig, folder: Path) -> list[Sipp]:
    """Put a telephone on each desk."""
    found = []
    for index, interface in enumerate(site.AGENTS):
        name = interface.partition("/")[2]
        process = Sipp(
            f"telephone-{name}",
            _scenario(name, rig.silence),
            folder,
            address=rig.net.telephone(index),
            port=SIP_PORT,
            media_port=FIRST_MEDIA_PORT + 1000 * index,
            every_message=False,
        )
        process.start()
        found.append(process)
    return found


def _scenario(name: str, silence: str) -> str:
    if name in site.DEAF:
        return telephone.ignored(silence)
    if name in {site.BLIND_TARGET, site.CONSULTED}:
        return telephones.colleague(silence)
    return telephones.agent(name)
