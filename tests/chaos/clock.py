"""The wall clock of a process: Debian's libfaketime, told by a file.

The monotonic clock is left alone, as it is when an administrator or NTP sets the time. (That
library takes ``time.sleep`` for a wrong call of the monotonic clock: the service has none.)
"""

from pathlib import Path

from tests.rig.errors import RigError

LIBRARY = "usr/lib/*/faketime/libfaketimeMT.so.1"


def library() -> Path:
    """Where Debian has it. Raises RigError."""
    found = sorted(Path("/").glob(LIBRARY))
    if not found:
        raise RigError("no libfaketime: run tests/rig/install as root on Debian")
    return found[0]


class Clock:
    """``environ`` is for the process whose clock it is."""

    def __init__(self, told: Path) -> None:
        self._told = told
        self.step(0)
        self.environ = {
            "LD_PRELOAD": str(library()),
            "FAKETIME_TIMESTAMP_FILE": str(told),
            "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }

    def step(self, seconds: int) -> None:
        """Let it be off by so much from the true time."""
        new = self._told.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.replace(self._told)
