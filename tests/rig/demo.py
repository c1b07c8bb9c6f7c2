"""``make run PBX=real``: the service beside a real Asterisk, with SIPp as customers and agents.

    python -m tests.rig.demo

Everything is new each time and in a folder of its own, which goes at the end. The page's address
comes from CALLCENTER_HTTP__HOST and CALLCENTER_HTTP__PORT, as for ``callcenter serve``.
"""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from callcenter.ami.events import EVENTS
from callcenter.demo.people import AGENTS, DIRECTORY, Callers, login_of
from dialplan import CallerNameLookup, Site, Telephone
from tests.rig import sites
from tests.rig.errors import RigError
from tests.rig.rig import Rig
from tests.rig.steps import Hold, Talk

VERSION = 22
PASSWORD = "demo-only-here"
LOOKUP_TOKEN = "demo-lookup"
START_MAX_S = 60
BETWEEN_CALLS_S = (4, 10)
PATIENCE_S = (3, 30)
CONFIGURATION = """\
[database]
url = "sqlite+aiosqlite:///{folder}/callcenter.db"

[[pbx]]
name = "{pbx.name}"
host = "{pbx.address}"
port = {pbx.port}
username = "{pbx.username}"
secret = "{pbx.secret}"
caller_name_token = "{token}"

[[line]]
name = "support"
number = "+33465711010"
pbx = "{pbx.name}"
queue = "support"
extension = "{extension}"
desk = "builtin"

[[desk]]
name = "builtin"
kind = "builtin"
"""


def site(url: str) -> Site:
    """One line whose queue rings every agent's telephone."""
    members = tuple(agent.interface for agent in AGENTS)
    rendered = sites.site(sites.support(members=members))
    lookup = CallerNameLookup(f"{url}/pbx/caller-name", LOOKUP_TOKEN)
    names = [member.partition("/")[2] for member in members]
    return replace(
        rendered,
        pbx=replace(rendered.pbx, caller_name=lookup),
        events=EVENTS,
        telephones=tuple(Telephone(name, contact="sip:0@0.0.0.0:0") for name in names),
    )


def command(configuration: Path, *words: str, said: str = "") -> None:
    """Run one of the service's own commands. Raises RigError with what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "callcenter", *words, "--config", str(configuration)],
        input=said,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RigError(f"callcenter {' '.join(words)}: {done.stderr}{done.stdout}")


def prepare(configuration: Path) -> None:
    """Put the agents and the directory into the new database."""
    for agent in AGENTS:
        words = ("agent", "add", login_of(agent), "--name", agent.name)
        words += ("--interface", agent.interface)
        role = "supervisor" if agent is AGENTS[0] else "agent"
        command(configuration, *words, "--role", role, "--password-file", "-", said=PASSWORD)
    command(configuration, "directory", "import", str(DIRECTORY))


@contextlib.contextmanager
def serving(configuration: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The service, until the end of the block."""
    words = [sys.executable, "-m", "callcenter", "serve", "--config", str(configuration)]
    with subprocess.Popen(words) as process:
        try:
            yield process
        finally:
            process.terminate()


async def until_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until it answers. Raises RigError when it ended or does not."""
    for _ in range(START_MAX_S * 10):
        if process.poll() is not None:
            raise RigError("callcenter serve ended; its words are above")
        if await asyncio.to_thread(answers, f"{url}/healthz"):
            return
        await asyncio.sleep(0.1)
    raise RigError(f"{url}/healthz does not answer")


def answers(url: str) -> bool:
    """Whether something good is there."""
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def staff(rig: Rig) -> None:
    """Give each telephone an agent with habits; the last one never answers."""
    *busy, _ = rig.site.telephones
    for telephone in busy:
        talk = [Talk(random.uniform(3, 8)), Hold(random.uniform(2, 4))]
        steps = talk if random.random() < 0.3 else talk[:1]
        rig.phone(telephone.name).answers(
            after=random.uniform(2, 6), doing=steps, talk=random.uniform(4, 15)
        )


async def customers(rig: Rig, process: subprocess.Popen[bytes]) -> None:
    """Let somebody call every few seconds, for as long as the service runs."""
    callers = Callers(random.Random())
    while process.poll() is None:
        patience = random.uniform(*PATIENCE_S)
        number = callers.next().number
        await rig.call(number, sites.SUPPORT, gives_up_after=patience, hangup_after=patience)
        await asyncio.sleep(random.uniform(*BETWEEN_CALLS_S))


async def show(folder: Path) -> None:
    """Start all three, say where to look, and let customers call."""
    host = os.environ.get("CALLCENTER_HTTP__HOST", "127.0.0.1")
    url = f"http://{host}:{os.environ.get('CALLCENTER_HTTP__PORT', '8080')}"
    async with Rig(VERSION, site(url)) as rig:
        configuration = folder / "callcenter.toml"
        configuration.write_text(
            CONFIGURATION.format(
                folder=folder, pbx=rig.site.pbx, token=LOOKUP_TOKEN, extension=sites.SUPPORT
            )
        )
        await asyncio.to_thread(prepare, configuration)
        with serving(configuration) as process:
            await until_ready(url, process)
            who = " or ".join(map(login_of, AGENTS))
            print(f"\nOpen {url} and sign in as {who}; password {PASSWORD}\n")
            staff(rig)
            await customers(rig, process)


def main() -> None:
    """Run until Ctrl-C or SIGTERM; what was started ends with it."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="callcenter-demo-") as folder:
        try:
            asyncio.run(show(Path(folder)))
        except RigError as error:
            sys.exit(str(error))
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
