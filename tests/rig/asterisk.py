"""A real Asterisk in the foreground, in a mount namespace of its own."""

import asyncio
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.rig.errors import RigError
from tests.rig.root import MODULE_FOLDERS, root

START_MAX_S = 60
STOP_MAX_S = 15
POLL_S = 0.05
INSIDE = "/mnt"  # where the instance's folder is seen from inside the root
FOLDERS = ("etc", "lib", "spool", "log/cdr-csv", "run")
NOTE = re.compile(r"^\[[^\]]*\] (WARNING|ERROR)\[")

ASTERISK_CONF = """\
[directories]
astetcdir => {inside}/etc
astmoddir => {modules}
astvarlibdir => {inside}/lib
astdbdir => {inside}/lib
astkeydir => {inside}/lib
astdatadir => /usr/share/asterisk
astagidir => /usr/share/asterisk/agi-bin
astspooldir => {inside}/spool
astrundir => {inside}/run
astlogdir => {inside}/log
astsbindir => /usr/sbin

[options]
{options}
"""

# The mounts live in the process's own namespace: they are gone when it is, however it ends.
LAUNCH = """\
set -e
mount --bind "$1" "$2{inside}"
mount -t proc proc "$2/proc"
mount --bind /dev "$2/dev"
exec chroot "$2" asterisk -C {inside}/etc/asterisk.conf -f -n
"""


class Asterisk:
    """One process; its folder keeps its database, logs and spool over a restart."""

    def __init__(
        self, version: int, files: Mapping[str, str], options: Mapping[str, str] | None = None
    ) -> None:
        self.version = version
        self.root = root(version)
        self.folder = Path(tempfile.mkdtemp(prefix=f"asterisk-{version}-"))
        self._files = files
        self._options = options or {}
        self._process: subprocess.Popen[bytes] | None = None
        self._lay_out()

    async def start(self) -> None:
        """Start, and wait until it is ready. Raises RigError with its last words."""
        said = self._launch()
        for _ in range(int(START_MAX_S / POLL_S)):
            if b"Asterisk Ready." in said.read_bytes():
                return
            if self._running().poll() is not None:
                break
            await asyncio.sleep(POLL_S)
        await self.stop()
        raise RigError(f"Asterisk {self.version} did not start: {_tail(said)}")

    async def stop(self, how: int = signal.SIGTERM) -> None:
        """Stop (SIGTERM is `core stop now`, SIGKILL a power cut), and wait until it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        for _ in range(int(STOP_MAX_S / POLL_S)):
            if process.poll() is not None:
                return
            await asyncio.sleep(POLL_S)
        process.kill()
        process.wait()

    async def restart(self, how: int = signal.SIGTERM) -> None:
        """Stop and start with the same database and logs."""
        await self.stop(how)
        await self.start()

    def remove(self) -> None:
        """Delete the folder of an instance that has stopped."""
        shutil.rmtree(self.folder, ignore_errors=True)

    async def cli(self, command: str) -> str:
        """What Asterisk's own console answers to a command."""
        arguments = ["nsenter", "-t", str(self._running().pid), "-m", "chroot", str(self.root)]
        arguments += ["asterisk", "-C", f"{INSIDE}/etc/asterisk.conf", "-rx", command]
        process = await asyncio.create_subprocess_exec(
            *arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        out, _ = await process.communicate()
        return out.decode(errors="replace")

    def warnings(self) -> list[str]:
        """The WARNING and ERROR lines of its log so far."""
        log = self.folder / "log/messages"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        return [line for line in lines if NOTE.match(line)]

    def _lay_out(self) -> None:
        for name in FOLDERS:
            (self.folder / name).mkdir(parents=True)
        (self.folder / "etc/asterisk.conf").write_text(
            ASTERISK_CONF.format(
                inside=INSIDE,
                modules=MODULE_FOLDERS[self.version],
                options="\n".join(f"{name} = {value}" for name, value in self._options.items()),
            )
        )
        for name, text in self._files.items():
            (self.folder / "etc" / name).write_text(text)

    def _launch(self) -> Path:
        said = self.folder / "console"
        script = LAUNCH.format(inside=INSIDE)
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation"]
        command += ["private", "sh", "-c", script, "asterisk", str(self.folder), str(self.root)]
        with said.open("wb") as out:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
            )
        return said

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RigError(f"Asterisk {self.version} is not running; start it first")
        return self._process


def _tail(path: Path) -> str:
    return path.read_text(errors="replace")[-2000:]
