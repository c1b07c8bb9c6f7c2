"""``make run PBX=real``: the service beside a real Asterisk, with SIPp as customers and agents.

    python -m tests.rig.demo

Everything is new each time and in a folder of its own, which goes at the end. The page's address
comes from CALLCENTER_HTTP__HOST and CALLCENTER_HTTP__PORT, as for ``callcenter serve``.
"""

import asyncio
import os
import random
import signal
import sys
import tempfile
from pathlib import Path

from callcenter.cli.demo import PASSWORD, announce
from callcenter.config import load
from callcenter.demo.people import AGENTS, CUSTOMER, DIRECTORY, Callers, login_of
from tests.rig import sites
from tests.rig.configuration import rendered, telephones
from tests.rig.errors import RigError
from tests.rig.net import Net
from tests.rig.rig import Rig
from tests.rig.service import Service, rig_beside
from tests.rig.steps import Hold, Talk

VERSION = 22
BETWEEN_CALLS_S = (4, 8)
PATIENCE_S = (3, 30)
PICK_UP_S = (3, 8)
TALK_S = (4, 15)
CONFIGURATION = """\
[database]
url = "sqlite+aiosqlite:///{folder}/callcenter.db"

[log]
level = "warning"

[[pbx]]
name = "main"
host = "{net.pbx}"
username = "callcenter"
secret = "demo-only-here"
caller_name_token = "demo-lookup"

{rendered}
[[line]]
name = "support"
number = "+33465711010"
extension = "{extension}"
pbx = "main"
queue = "support"
members = [{members}]
enforcement.mode = "remind"

[portal]
enabled = true
line = "support"

[[desk]]
name = "builtin"
kind = "builtin"
"""


def configured(folder: Path, net: Net) -> Path:
    """Write the configuration: one line, whose queue rings every agent's telephone."""
    path = folder / "callcenter.toml"
    interfaces = [agent.interface for agent in AGENTS]
    text = CONFIGURATION.format(
        folder=folder,
        net=net,
        rendered=rendered(net),
        members=", ".join(f'"{interface}"' for interface in interfaces),
        extension=sites.SUPPORT,
    )
    path.write_text(text + telephones(net, interfaces), encoding="utf-8")
    return path


async def populate(service: Service) -> None:
    """Put the agents and the directory into the new database."""
    await service.command("directory", "import", str(DIRECTORY))
    for agent in AGENTS:
        words = ("agent", "add", login_of(agent), "--name", agent.name)
        words += ("--interface", agent.interface, "--password-file", "-")
        role = "admin" if agent is AGENTS[0] else "agent"
        await service.command(*words, "--role", role, said=PASSWORD)
    words = ("customer", "add", CUSTOMER.login, "--name", CUSTOMER.name)
    words += ("--company", CUSTOMER.company, "--contact", CUSTOMER.name, "--password-file", "-")
    await service.command(*words, said=PASSWORD)


def staff(rig: Rig) -> None:
    """Give each telephone an agent with habits; the last one never answers."""
    *busy, _ = rig.site.telephones
    for index, telephone in enumerate(busy):
        steps = [Talk(random.uniform(3, 8)), Hold(random.uniform(2, 4))]
        rig.phone(telephone.name).answers(
            after=random.uniform(*PICK_UP_S),
            doing=steps if index == 0 else [],
            talk=random.uniform(*TALK_S),
        )


async def customers(rig: Rig, service: Service) -> None:
    """Let somebody call every few seconds, for as long as the service runs."""
    callers = Callers(random.Random())
    while service.is_running:
        who, patience = callers.next(), random.uniform(*PATIENCE_S)
        await rig.call(who.number, name=who.name, gives_up_after=patience, hangup_after=patience)
        await asyncio.sleep(random.uniform(*BETWEEN_CALLS_S))


async def show(folder: Path) -> None:
    """Start all three, say where to look, and let customers call, until cancelled."""
    if task := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    net = Net()
    configuration = configured(folder, net)
    url = load(configuration, os.environ).http.url
    service = Service(configuration, url, quiet=False)
    async with rig_beside(service, VERSION, net) as rig:
        await populate(service)
        try:
            await service.start()
            announce(url)
            staff(rig)
            await customers(rig, service)
        finally:
            await service.stop()


def main() -> None:
    """Run until Ctrl-C or SIGTERM; what was started ends with it."""
    with tempfile.TemporaryDirectory(prefix="callcenter-demo-") as folder:
        try:
            asyncio.run(show(Path(folder)))
        except RigError as error:
            sys.exit(str(error))
        except (KeyboardInterrupt, asyncio.CancelledError):
            pass


if __name__ == "__main__":
    main()
