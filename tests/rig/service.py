"""The service as an administrator has it: its own commands, each a process."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Self
from urllib.error import HTTPError
from urllib.parse import urlsplit

from callcenter.cli.dialplan import rendered
from callcenter.cli.site import to_site
from callcenter.config import load
from tests.rig.errors import RigError
from tests.rig.net import Net
from tests.rig.rig import Rig

PROGRAM = ("-m", "callcenter")
SEVERAL = """
import json, sys
from click.testing import CliRunner
from callcenter.cli import main
every, said = json.load(sys.stdin)
for words in every:
    done = CliRunner().invoke(main, words, input=said)
    if done.exit_code:
        sys.exit(done.output)
"""
SERVE = ("serve", "--config")
ROOT = Path(__file__).parents[2]
READY_MAX_S = 30
STOP_MAX_S = 30
POLL_S = 0.1
Edit = Callable[[str, str], str]
COMPLAINT = re.compile(r"\[(warning|error|critical) *\]|^Traceback|Warning:")


def rig_beside(
    service: "Service", version: int, net: Net, edited: Edit = lambda _name, text: text
) -> Rig:
    """A rig, not started, with the files that ``callcenter dialplan render`` writes for it;
    ``edited`` is given each one's name and text, and gives the text that it is to have.
    """
    settings = load(service.configuration, service.environ)
    texts = rendered(settings, "standalone", version, None)
    files = {name: edited(name, text) for name, text in texts.items()}
    return Rig(version, to_site(settings), net=net, files=lambda *_: files)


class Service:
    """``callcenter`` with one configuration file, which ends with whoever started it.

    What it says goes into a file beside the configuration, or, with ``quiet`` off, to this
    process's own stderr. ``name`` tells the logs of several instances apart. ``through`` is a
    command that runs the program, as ``env`` does; ``program`` is what serves in place of it.
    """

    def __init__(
        self,
        configuration: Path,
        url: str,
        environ: Mapping[str, str] = os.environ,
        *,
        quiet: bool,
        name: str = "",
        through: Sequence[str] = (),
        program: Sequence[str] = PROGRAM,
    ) -> None:
        self.url = url
        self.configuration = configuration
        self.environ = dict(environ)
        self._through = through
        self._program = program
        self._log = configuration.with_suffix(f".{name}.log" if name else ".log") if quiet else None
        self._process: subprocess.Popen[bytes] | None = None

    def beside(self, name: str, url: str) -> Self:
        """Another instance with the same configuration, at an address of its own; not started."""
        address = urlsplit(url)
        http = {"CALLCENTER_HTTP__HOST": address.hostname, "CALLCENTER_HTTP__PORT": address.port}
        environ = self.environ | {key: str(value) for key, value in http.items()}
        return type(self)(
            self.configuration,
            url,
            environ,
            quiet=self._log is not None,
            name=name,
            through=self._through,
            program=self._program,
        )

    async def command(self, *words: str, said: str = "") -> str:
        """What one of the commands prints. Raises RigError with what it complains of."""
        return await self._run([*PROGRAM, *words, "--config", str(self.configuration)], said)

    async def commands(self, several: Iterable[Sequence[str]], *, said: str) -> None:
        """Let a process of its own do several, one after the other: most of what a command takes is
        its start. Each is told the same. Raises RigError with what one complains of.
        """
        every = [[*words, "--config", str(self.configuration)] for words in several]
        await self._run(["-c", SEVERAL], json.dumps([every, said]))

    async def _run(self, arguments: Sequence[str], said: str) -> str:
        done = await asyncio.to_thread(
            subprocess.run,
            [*self._through, sys.executable, *arguments],
            input=said,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=self.environ,
        )
        if done.returncode != 0:
            raise RigError(f"callcenter {' '.join(arguments)}: {done.stderr}{done.stdout}")
        return done.stdout

    async def start(self) -> None:
        """Start, and wait until it says that it is ready. Raises RigError with its last words."""
        process = self.launch()
        why = ""
        for _ in range(int(READY_MAX_S / POLL_S)):
            if process.poll() is not None:
                break
            ready, why = await asyncio.to_thread(self._is_ready)
            if ready:
                return
            await asyncio.sleep(POLL_S)
        self.kill()
        raise RigError(f"callcenter serve did not become ready: {why} {self.said()[-2000:]}")

    async def stop(self) -> float:
        """Ask it to end; give the seconds that took. Raises RigError where it ended badly."""
        process, self._process = self._process, None
        if process is None:
            return 0.0
        asked = time.monotonic()
        process.send_signal(signal.SIGTERM)
        try:
            code = await asyncio.to_thread(process.wait, STOP_MAX_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise RigError(
                f"callcenter serve does not end within {STOP_MAX_S} s: {self.said()[-2000:]}"
            ) from None
        if code != 0:
            raise RigError(f"callcenter serve ended with {code}: {self.said()[-2000:]}")
        return time.monotonic() - asked

    def kill(self) -> None:
        """End it now, as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it do nothing more, not even end, until it is thawed."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on as if no time had passed."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RigError("callcenter serve is not running")
        self._process.send_signal(number)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        """What it said so far."""
        exists = self._log is not None and self._log.exists()
        return self._log.read_text(errors="replace") if self._log and exists else ""

    def complaints(self) -> list[str]:
        """The lines of a warning, an error or a traceback so far."""
        return [line for line in self.said().splitlines() if COMPLAINT.search(line)]

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, and wait for nothing."""
        words = [*self._through, "setpriv", "--pdeathsig", "KILL", sys.executable]
        words += [*self._program, *SERVE, str(self.configuration)]
        out = self._log.open("ab") if self._log else None
        self._process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT, env=self.environ
        )
        if out:
            out.close()
        return self._process

    def _is_ready(self) -> tuple[bool, str]:
        """Whether it is, and what it says to that."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as response:
                return response.status == 200, response.read().decode()
        except HTTPError as error:
            with error:
                return False, error.read().decode()
        except OSError as error:
            return False, str(error)
