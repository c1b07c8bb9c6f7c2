"""A real Request Tracker 5, on a copy of its database of its own."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import ClientConnectionError, ClientSession

from tests.rig.commands import free_port
from tests.rig.rt_root import root

DATA = "var/lib/dbconfig-common/sqlite3/request-tracker5"
# The shell stays: a process that changes its user, as chroot does, no longer dies with unshare.
# With the shell, the first of its namespace, all others end.
SERVE = """
mount --bind "$1" "$2" && chroot --userspec=www-data:www-data "$3" plackup -s Starlet \
    --host 127.0.0.1 --port "$4" --max-workers 3 -E deployment \
    /usr/share/request-tracker5/libexec/rt-server
exit $?
"""
START_MAX_S = 60
LIB = "-I/usr/share/request-tracker5/lib"


@dataclass(frozen=True, slots=True)
class RequestTracker:
    """One that runs: its address, a token of its user root, its process and where its files are."""

    url: str
    token: str
    session: ClientSession
    process: int
    place: Path

    async def perl(self, script: str) -> str:
        """What a script prints that is run on its machine, as its administrator would."""
        child = await _run("pgrep", "-P", str(self.process))
        shell = child.split()[0]
        chroot = ["chroot", "--userspec=www-data:www-data", str(self.place), "perl", LIB, "-"]
        return await _run("nsenter", "--mount", "--target", shell, *chroot, given=script)

    async def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What RT itself answers, for what a test does beside the desk."""
        headers = {"Authorization": f"token {self.token}"}
        url = f"{self.url}/REST/2.0/{path}"
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            answer.raise_for_status()
            return await answer.json() if answer.status != 204 else None


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[RequestTracker]:
    """RT on a free port of loopback, until the end of the block; its tickets are in ``folder``."""
    place, port = await asyncio.to_thread(root), free_port()
    data = folder / "rt"
    await asyncio.to_thread(subprocess.run, ["cp", "-a", place / DATA, data], check=True)
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
    command += ["sh", "-c", SERVE, "sh", str(data), str(place / DATA), str(place), str(port)]
    with (folder / "rt.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
    try:
        async with ClientSession() as session:
            url = f"http://127.0.0.1:{port}"
            token = (place / "token").read_text("ascii").strip()
            rt = RequestTracker(url, token, session, process.pid, place)
            async with asyncio.timeout(START_MAX_S):
                await _answers(rt)
            yield rt
    finally:
        process.kill()
        await process.wait()


async def _answers(rt: RequestTracker) -> None:
    """Wait until it does: its server says nothing when it has begun to listen."""
    while True:
        try:
            await rt.ask("GET", "queue/General")
            return
        except ClientConnectionError:
            await asyncio.sleep(0.05)


async def _run(*command: str, given: str = "") -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate(given.encode())
    assert process.returncode == 0, told.decode()
    return told.decode()
