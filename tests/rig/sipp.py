"""One SIPp process."""

import asyncio
import subprocess
from pathlib import Path

from tests.rig.errors import RigError

SILENCE_S = 10
POLL_S = 0.05
FIRST_MEDIA_PORT = 20000


def write_silence(folder: Path) -> Path:
    """A file of A-law silence, which is played in a loop."""
    path = folder / "silence.alaw"
    path.write_bytes(b"\xd5" * 8000 * SILENCE_S)
    return path


class Sipp:
    """A scenario at one local address. It ends with whoever started it."""

    def __init__(
        self,
        name: str,
        scenario: str,
        folder: Path,
        *,
        address: str,
        port: int,
        media_port: int,
        every_message: bool = True,
    ) -> None:
        """Without ``every_message`` only what the scenario logs is written, into ``logged``."""
        self.name = name
        self._scenario = folder / f"{name}.xml"
        self._scenario.write_text(scenario)
        self.messages = folder / f"{name}.messages"
        self.logged = folder / f"{name}.logged"
        self._said = folder / f"{name}.said"
        self._errors = folder / f"{name}.errors"
        self._command = ["setpriv", "--pdeathsig", "KILL", "sipp", "-sf", str(self._scenario)]
        self._command += ["-i", address, "-p", str(port), "-mi", address, "-mp", str(media_port)]
        self._command += ["-nostdin", "-aa", "-trace_err", "-error_file", str(self._errors)]
        if every_message:
            self._command += ["-trace_msg", "-message_file", str(self.messages)]
        else:
            self._command += ["-trace_logs", "-log_file", str(self.logged)]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *arguments: str) -> None:
        """Start with more arguments: the PBX to call, how many calls."""
        with self._said.open("wb") as out:
            self._process = subprocess.Popen(
                [*self._command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self._scenario.parent,
            )

    @property
    def is_over(self) -> bool:
        return self._process is None or self._process.poll() is not None

    async def over(self, within_s: float = 60) -> None:
        """Wait for its end. Raises RigError when it did not go as the scenario says."""
        for _ in range(int(within_s / POLL_S)):
            if self.is_over:
                break
            await asyncio.sleep(POLL_S)
        else:
            raise RigError(f"{self.name}: not over after {within_s} s: {self.complaint()}")
        if self._process is not None and self._process.returncode != 0:
            raise RigError(f"{self.name}: {self.complaint()}")

    def stop(self) -> None:
        """End it now."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def complaint(self) -> str:
        """What SIPp says went wrong; empty when nothing did."""
        text = self._errors.read_text(errors="replace") if self._errors.exists() else ""
        return text[-800:] or self._said.read_text(errors="replace")[-400:]
