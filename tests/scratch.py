"""Where tests put their files: in memory, where there is room for them.

A commit waits some milliseconds for a disk, and tests commit tens of thousands of times. None cuts
the machine's power: what a process has written outlives its death in memory as on a disk.
"""

import os
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM_MIN = 4 << 30  # bytes; tests take a fraction, and more than the 64 MiB of a plain container


def use_memory() -> None:
    """Let temporary folders be in memory, of the processes that tests start too; a TMPDIR that
    somebody has set stands.
    """
    if "TMPDIR" not in os.environ and _is_fit(MEMORY):
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _is_fit(place: Path) -> bool:
    if not place.is_dir():
        return False
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize >= ROOM_MIN and not found.f_flag & os.ST_NOEXEC
