"""A PostgreSQL cluster of the tests' own, from the machine's binaries.

It listens on a unix socket in its temporary folder, so that any number of runs fit beside each
other, and keeps ``fsync`` on: the store is tested with the durability it is run with.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

START_TIMEOUT_S = 60
HOW_TO_GET_IT = "no PostgreSQL binaries found: apt-get install postgresql (15 or newer)"


class NoPostgresError(Exception):
    """The machine has no PostgreSQL; the message says how to get it."""


def _binaries() -> Path:
    """Folder of the newest ``initdb``, where Debian has it or on the PATH."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]) if path.parts[-3].isdigit() else 0,
    )
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    raise NoPostgresError(HOW_TO_GET_IT)


def _as_owner() -> list[str]:
    """Run as a user that PostgreSQL accepts (never root), and end when the tests are killed."""
    command = ["setpriv", "--pdeathsig=INT"]
    if os.geteuid() == 0:
        command += ["--reuid=postgres", "--regid=postgres", "--init-groups"]
    return command


class Cluster:
    """A running server. Connections need no password: the socket's folder is ours alone."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self._binaries = binaries
        self._folder = folder
        self._names = (f"test_{number}" for number in count(1))

    def url(self, name: str) -> str:
        """SQLAlchemy's address of the database called so."""
        return f"postgresql+asyncpg://postgres@/{name}?host={self._folder}"

    def create(self, template: str = "template0", *, name: str | None = None) -> str:
        """Make a database from ``template`` and return its name. Nobody may be using either."""
        name = name or next(self._names)
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _sql(self, statement: str) -> None:
        psql = [self._binaries / "psql", "-qXh", self._folder, "-U", "postgres", "-c", statement]
        subprocess.run(psql, check=True, capture_output=True, text=True)

    def _answers(self) -> bool:
        asked = [self._binaries / "pg_isready", "-qh", self._folder]
        return subprocess.run(asked, check=False).returncode == 0


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster and stop it when the block ends. Raises NoPostgresError."""
    binaries = _binaries()
    # A unix socket's path holds 107 bytes: a folder directly in /tmp is short enough anywhere.
    folder = Path(tempfile.mkdtemp(prefix="callcenter-pg-", dir="/tmp"))
    try:
        _initialise(binaries, folder)
        with _running(binaries, folder) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(binaries: Path, folder: Path) -> None:
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    settings = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres"]
    command = [*_as_owner(), binaries / "initdb", "--no-sync", *settings, folder / "data"]
    subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder)


@contextmanager
def _running(binaries: Path, folder: Path) -> Iterator[Cluster]:
    server = Cluster(binaries, folder)
    options = {"listen_addresses": "", "unix_socket_directories": folder, "fsync": "on"}
    settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_as_owner(), binaries / "postgres", "-D", folder / "data", *settings],
            stdout=log,
            stderr=log,
            cwd=folder,
        )
    try:
        _wait_for(server, process, folder / "log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # a "fast" shutdown: connections are cut
        with suppress(subprocess.TimeoutExpired):
            process.wait(START_TIMEOUT_S)
        process.kill()
        process.wait()


def _wait_for(server: Cluster, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while not server._answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
        time.sleep(0.05)
