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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tests.scratch import MEMORY

START_TIMEOUT_S = 60
POLL_S = 0.05
HOW_TO_GET_IT = "no PostgreSQL binaries found: apt-get install postgresql (15 or newer)"


class NoPostgresError(Exception):
    """The machine has no PostgreSQL; the message says how to get it."""


def binaries() -> Path:
    """Where the newest ``initdb`` is: Debian's folder, or the PATH. Raises NoPostgresError."""
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


class Cluster:
    """A server. Connections need no password: the socket's folder is ours alone.

    ``through`` is a command that runs its programs, as ``env`` does; ``settings`` are added to
    postgresql.conf's. Raises NoPostgresError.
    """

    def __init__(
        self,
        folder: Path,
        through: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._binaries = binaries()
        self._through = through
        self._settings = settings or {}
        self._names = (f"test_{number}" for number in count(1))
        self._process: subprocess.Popen[bytes] | None = None

    def initialise(self, *options: str) -> None:
        """Make its data folder, with more options of initdb."""
        settings = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres"]
        command = [*self._owned(), str(self._binaries / "initdb"), "--no-sync", *settings]
        command += [*options, str(self.folder / "data")]
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=self.folder)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "on",
            **self._settings,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        server = [*self._owned(), str(self._binaries / "postgres"), "-D", str(self.folder / "data")]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*server, *settings], stdout=log, stderr=log, cwd=self.folder
            )
        self._wait_for(self._process)

    def stop(self) -> None:
        """Stop it: connections are cut."""
        if (process := self._process) is None:
            return
        self._process = None
        process.send_signal(signal.SIGINT)  # a "fast" shutdown
        with suppress(subprocess.TimeoutExpired):
            process.wait(START_TIMEOUT_S)
        process.kill()
        process.wait()

    def kill(self) -> None:
        """End it as a power cut would, each of its processes; its data stay as they are."""
        if (process := self._process) is None:
            return
        self._process = None
        children = _children(process.pid)
        for pid in (process.pid, *children):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        while any(Path(f"/proc/{pid}").exists() for pid in children):
            time.sleep(POLL_S)

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def url(self, name: str) -> str:
        """SQLAlchemy's address of the database called so."""
        return f"postgresql+asyncpg://postgres@/{name}?host={self.folder}"

    def create(self, template: str = "template0", *, name: str | None = None) -> str:
        """Make a database from ``template`` and return its name. Nobody may be using either."""
        name = name or next(self._names)
        self._sql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._sql(f'DROP DATABASE "{name}" WITH (FORCE)')

    def query(self, name: str, statement: str) -> str:
        """What psql prints, as CSV with a heading, of a statement in the database called so."""
        return self._psql("-d", name, "--csv", "-c", statement)

    def _sql(self, statement: str) -> None:
        self._psql("-c", statement)

    def _psql(self, *words: str) -> str:
        psql = [self._binaries / "psql", "-qXh", self.folder, "-U", "postgres", *words]
        return subprocess.run(psql, check=True, capture_output=True, text=True).stdout

    def _owned(self) -> list[str]:
        """Run as a user that PostgreSQL accepts (never root), and end when the tests are killed."""
        command = [*self._through, "setpriv", "--pdeathsig=INT"]
        if os.geteuid() == 0:
            command += ["--reuid=postgres", "--regid=postgres", "--init-groups"]
        return command

    def _answers(self) -> bool:
        asked = [self._binaries / "pg_isready", "-qh", self.folder]
        return subprocess.run(asked, check=False).returncode == 0

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if process.poll() is not None or time.monotonic() > deadline:
                said = (self.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start:\n{said[-2000:]}")
            time.sleep(POLL_S)


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a cluster and stop it when the block ends. Raises NoPostgresError."""
    with folder() as place:
        server = Cluster(place)
        server.initialise()
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for a cluster, of the user that it runs as; gone when the block ends."""
    # A unix socket's path holds 107 bytes, and that user has to get there: it lies no deeper.
    shared = MEMORY if tempfile.gettempdir() == str(MEMORY) else Path("/tmp")
    place = Path(tempfile.mkdtemp(prefix="callcenter-pg-", dir=shared))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(place, owner.pw_uid, owner.pw_gid)
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _children(pid: int) -> list[int]:
    """The processes that this one has started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]
