"""A small disk: a tmpfs in a mount namespace of its own, which goes with the process that holds it.

Who is to see the disk is run through the namespace; this process reaches it by way of /proc.
"""

import contextlib
import os
import subprocess
from pathlib import Path

from tests.rig.errors import RigError

MOUNT = 'mount -t tmpfs -o "$2" tmpfs "$1" && echo mounted && exec sleep infinity'
FILLER = "filler"
CHUNK = 1 << 16


class Disk:
    """A tmpfs of ``size`` ("32m") on the folder ``at``, of the user whose folder that is in."""

    def __init__(self, at: Path, size: str) -> None:
        at.mkdir(parents=True, exist_ok=True)
        options = f"size={size},mode=0700,uid={at.parent.stat().st_uid}"
        command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--propagation"]
        command += ["private", "sh", "-c", MOUNT, "disk", str(at), options]
        self._at = at
        self._holder = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        assert self._holder.stdout is not None
        if (said := self._holder.stdout.readline()) != b"mounted\n":
            self.close()
            raise RigError(f"no tmpfs for a full disk: {said.decode()}")

    @property
    def through(self) -> tuple[str, ...]:
        """A command that runs another one where the disk is; the working folder stays."""
        inside = ("nsenter", "--target", str(self._holder.pid), "--mount", "--")
        return (*inside, "env", f"--chdir={Path.cwd()}")

    @property
    def path(self) -> Path:
        """Where this process finds what is on the disk."""
        return Path(f"/proc/{self._holder.pid}/root{self._at}")

    def fill(self) -> None:
        """Leave no byte free."""
        descriptor = os.open(self.path / FILLER, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            size = CHUNK
            while size:
                with contextlib.suppress(OSError):
                    while os.write(descriptor, bytes(size)) == size:
                        pass
                size //= 2
        finally:
            os.close(descriptor)

    def free(self) -> None:
        """Give back what ``fill`` took."""
        (self.path / FILLER).unlink(missing_ok=True)

    def close(self) -> None:
        """Let go of it: it is gone when nobody uses it any more."""
        self._holder.kill()
        self._holder.wait()
        if self._holder.stdout is not None:
            self._holder.stdout.close()
