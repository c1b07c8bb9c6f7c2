"""A real django-helpdesk in an environment of its own: built once from PyPI, kept in a cache.

Beside it is the database that it begins with, as ``helpdesk_project/fill.py`` makes it.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.rig.errors import RigError
from tests.rig.root import BUILD_MAX_S, HOW, cache, locked

PACKAGES = ("django-helpdesk==2.6.1", "django==5.2.19")
PROJECT = Path(__file__).with_name("helpdesk_project")


def root() -> Path:
    """The folder of the environment, built when it is not there. Raises RigError saying how."""
    place = cache() / f"django-helpdesk-{_version()}"
    with locked(place.with_suffix(".lock")):
        if not place.exists():
            new = place.with_name(f"{place.name}.new-{os.getpid()}")
            _build(new)
            new.rename(place)
    return place


def _version() -> str:
    """Another one wherever a package or the project is: what is in the cache is as they say."""
    files = sorted(PROJECT.glob("*.py"))
    parts = [*map(str.encode, PACKAGES), *(file.read_bytes() for file in files)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:12]


def _build(new: Path) -> None:
    # The machine's own pip fills the environment: not every Python can put one into it.
    python = Path(sys.base_prefix, "bin", "python3")
    _run(python, "-m", "venv", "--without-pip", new)
    _run(python, "-m", "pip", "--python", new / "bin/python", "install", "--quiet", *PACKAGES)
    _run(new / "bin/python", PROJECT / "fill.py", HELPDESK_FOLDER=str(new))


def _run(*command: str | Path, **environ: str) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=BUILD_MAX_S,
        env=os.environ | environ,
    )
    if done.returncode != 0:
        raise RigError(f"no django-helpdesk could be built: {done.stderr[-500:]}; {HOW}")


def main() -> None:
    """Have it ready, and say where it is."""
    print(f"django-helpdesk in {root()}")


if __name__ == "__main__":
    main()
