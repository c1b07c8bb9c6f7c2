"""A file system with a real Request Tracker 5 in it: built once, kept in a cache."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.rig.errors import RigError
from tests.rig.root import BUILD_MAX_S, HOW, cache, locked

BUILDER = Path(__file__).with_name("request_tracker")


def root() -> Path:
    """The root with RT in it, built when it is not there. Raises RigError saying how."""
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        raise RigError(f"a real Request Tracker needs debootstrap and the rights of root: {HOW}")
    place = cache() / "request-tracker-bookworm"
    with locked(place.with_suffix(".lock")):
        if not place.exists():
            new = place.with_name(f"{place.name}.new-{os.getpid()}")
            subprocess.run([BUILDER, new], check=True, timeout=BUILD_MAX_S)
            new.rename(place)
    return place


def main() -> None:
    """Have it ready, and say where it is."""
    print(f"Request Tracker 5 in {root()}")


if __name__ == "__main__":
    main()
