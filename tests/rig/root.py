"""A file system with a real Asterisk in it: built once from Debian's packages, kept in a cache."""

import contextlib
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.rig.errors import RigError

SUITES = {22: "sid", 16: "bullseye"}
PACKAGES = {
    22: ("asterisk", "asterisk-core-sounds-en-gsm", "asterisk-moh-opsound-gsm"),
    16: (
        "asterisk",
        "asterisk-core-sounds-en-gsm",
        "asterisk-moh-opsound-gsm",
        "asterisk-voicemail",
    ),
}
MODULE_FOLDERS = {
    22: "/usr/lib/x86_64-linux-gnu/asterisk/modules",
    16: "/usr/lib/asterisk/modules",
}
NEEDED = (  # what a root from before a package was added lacks
    "{modules}/app_voicemail.so",
    "{modules}/func_curl.so",
    "/usr/share/asterisk/moh",
)
TOOLS = ("debootstrap", "sipp", "unshare", "chroot", "setpriv", "nsenter")
BUILD_MAX_S = 900
HOW = "run tests/rig/install as root on Debian"


def cache() -> Path:
    """Where roots are kept: RIG_CACHE, or callcenter under the user's cache folder.

    Not CALLCENTER_CACHE: the service takes every variable of that prefix for one of its settings.
    """
    named = os.environ.get("RIG_CACHE")
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "callcenter"


def root(version: int) -> Path:
    """The root of a major version, built when it is not there. Raises RigError saying how."""
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if os.geteuid() != 0 or missing:
        lacking = ", ".join(missing) or "the rights of root"
        raise RigError(f"a real Asterisk {version} needs {lacking}: {HOW}")
    place = cache() / f"asterisk-{SUITES[version]}"
    with locked(place.with_suffix(".lock")):
        if not is_good(place, version):
            _build(place, version)
    return place


def is_good(place: Path, version: int) -> bool:
    """Whether this root has that major version and every module that is needed."""
    modules = MODULE_FOLDERS[version].lstrip("/")
    needed = [place / name.format(modules=modules).lstrip("/") for name in NEEDED]
    return all(path.exists() for path in needed) and f"Asterisk {version}." in says(place)


def says(place: Path) -> str:
    """What ``asterisk -V`` prints in this root; empty when there is none."""
    done = subprocess.run(
        ["chroot", place, "asterisk", "-V"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def _build(place: Path, version: int) -> None:
    """Build beside the old root, which is replaced only by one that has shown to work."""
    new = place.with_name(f"{place.name}.new-{os.getpid()}")
    try:
        _debootstrap(new, version)
        if not is_good(new, version):
            raise RigError(f"the root built for Asterisk {version} says {says(new)!r}: {HOW}")
        old = place.with_name(f"{place.name}.old-{os.getpid()}")
        if place.exists():
            place.rename(old)
        new.rename(place)
        _remove(old)
    finally:
        _remove(new)


def _debootstrap(new: Path, version: int) -> None:
    include = ",".join(PACKAGES[version])
    command = ["unshare", "--mount", "debootstrap", "--variant=minbase"]
    command += [f"--include={include}", SUITES[version], str(new)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=BUILD_MAX_S)
    if done.returncode != 0:
        raise RigError(f"debootstrap of {SUITES[version]} failed: {done.stdout[-500:]}; {HOW}")
    _remove(new / "var/cache/apt")


def _remove(tree: Path) -> None:
    """Delete a tree, never through a mount: somebody may have bound the machine's /dev in it."""
    if not tree.exists():
        return
    with Path("/proc/self/mounts").open() as mounts:
        if any(line.split()[1].startswith(f"{tree}/") for line in mounts):
            return
    subprocess.run(["rm", "-rf", "--one-file-system", tree], check=False, capture_output=True)


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """One builder at a time; the others wait and find the root there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Have a root of every version ready, and say which Asterisk is in it."""
    for version in SUITES:
        print(f"{says(root(version))} in {cache()}")


if __name__ == "__main__":
    main()
