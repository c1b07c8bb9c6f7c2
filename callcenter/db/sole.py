"""One service on a SQLite file: a lock that the operating system keeps, and ends with its holder.

It is taken on a file beside the database: on the database itself it would meet SQLite's own locks.
Commands such as ``callcenter agent add`` do not ask for it; SQLite lets them take turns.
"""

import asyncio
import contextlib
import fcntl
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from sqlalchemy import make_url

from callcenter.errors import CallcenterError

SUFFIX = ".lock"

WAIT_MAX_S = 5.0
"""For a service that is just being stopped, as at an update; SIGTERM ends it within this."""

LOOK_EVERY_S = 0.1

SAID_MAX = 64
"""Bytes of what the holder wrote into the file: who it is."""


class AlreadyServedError(CallcenterError):
    """Another service works on this SQLite file."""

    code = "already_served"

    def __init__(self, path: Path, holder: str) -> None:
        super().__init__(
            f"{path} is served by another process ({holder or 'it has not said which'}): stop that "
            "one, or give this one a [database] url of its own; several instances on one database "
            "need PostgreSQL"
        )


class LockFileError(CallcenterError):
    """The lock's file cannot be had."""

    code = "lock_file"

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(
            f"{path} cannot be locked ({error.strerror}), which keeps a second service off the "
            "database: let this user write to its folder, on a disk of this machine"
        )


@contextlib.asynccontextmanager
async def sole_service(url: str) -> AsyncIterator[None]:
    """Be the only service on the database until the end of the block; on PostgreSQL nothing.

    Raises AlreadyServedError after ``WAIT_MAX_S``, and LockFileError.
    """
    path = _file(url)
    if path is None:
        yield
        return
    with _opened(path.with_name(path.name + SUFFIX)) as lock:
        await _lock(lock, path)
        yield


def is_served(url: str) -> bool:
    """Whether a service is at work on the SQLite file now; of PostgreSQL False."""
    path = _file(url)
    lock = path.with_name(path.name + SUFFIX) if path else None
    if lock is None or not lock.exists():
        return False
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError as error:
        raise LockFileError(lock, error) from error
    return False


def _file(url: str) -> Path | None:
    parsed = make_url(url)
    is_sqlite = parsed.get_backend_name() == "sqlite"
    return Path(str(parsed.database)).resolve() if is_sqlite else None  # links are the same file


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise LockFileError(path, error) from error
    try:
        yield lock  # it is never removed: who waits for it has it open
    finally:
        os.close(lock)


async def _lock(lock: int, path: Path) -> None:
    give_up_at = time.monotonic() + WAIT_MAX_S
    while not _is_ours(lock, path):
        if time.monotonic() >= give_up_at:
            raise AlreadyServedError(path, os.pread(lock, SAID_MAX, 0).decode().strip())
        await asyncio.sleep(LOOK_EVERY_S)
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"process {os.getpid()}\n".encode(), 0)


def _is_ours(lock: int, path: Path) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:  # a file system of a kind that has no locks
        raise LockFileError(path, error) from error
    return True
