"""The files in which a PBX recorded calls: found, and removed when they are old.

Everything here blocks, and is called in a thread: a folder over a network may take its time.
"""

import os
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from callcenter.core.recording_name import NamePattern, began_at, is_recording

FOUND_MAX: Final = 20
"""Recordings of one call that are shown: one, or one for each part of a transfer."""


@dataclass(slots=True)
class Removed:
    """How many files were removed, and why others could not be: the first reason, of so many."""

    files: int = 0
    left: int = 0
    problem: str | None = None

    def failed(self, error: OSError) -> None:
        """One could not."""
        self.left += 1
        self.problem = self.problem or f"{type(error).__name__}: {error.strerror}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """Of one PBX. ``zone`` is of the days in its folders' names."""

    folder: Path
    names: Sequence[NamePattern]
    zone: ZoneInfo

    def of_call(self, ids: Collection[str], *moments: datetime) -> list[Path]:
        """The call's recordings, by name; ``moments`` are its beginning and its end.

        Raises OSError where the folder itself cannot be read.
        """
        root = self.folder.resolve(strict=True)
        days = sorted({moment.astimezone(self.zone).date() for moment in moments})
        found: dict[Path, None] = {}
        for name in self.names:
            wanted = name.of_call([one for one in ids if one])
            for folder in dict.fromkeys(name.folders(day) for day in days):
                for path in _files(root.joinpath(*folder)):
                    if wanted.fullmatch(path.name) and _is_within(path, root):
                        found[path] = None
        return sorted(found)[:FOUND_MAX]

    def made_on(self, day: date) -> int:
        """How many there are of the calls that began that day.

        Raises OSError where the folder itself cannot be read.
        """
        root = self.folder.resolve(strict=True)
        next(root.iterdir(), None)  # a folder that is there and cannot be read is no empty one
        found = set()
        for name in self.names:
            wanted = name.of_any()
            for path in _files(root.joinpath(*name.folders(day))):
                match = wanted.fullmatch(path.relative_to(root).as_posix())
                if match and began_at(match).astimezone(self.zone).date() == day:
                    found.add(path)
        return len(found)

    def can_be_removed(self) -> bool:
        """Whether this process may remove files of the folder."""
        return os.access(self.folder, os.W_OK | os.X_OK)

    def remove(self, paths: Collection[Path]) -> Removed:
        """Remove these."""
        done = Removed()
        for path in paths:
            _remove(path, done)
        return done

    def remove_old(self, before: datetime) -> Removed:
        """Remove the recordings of calls that began before then; other files are left alone.

        Raises OSError where the folder itself cannot be read.
        """
        root = self.folder.resolve(strict=True)
        wanted = [name.of_any() for name in self.names]
        done = Removed()

        def unread(error: OSError) -> None:
            done.failed(error)

        for folder, _, names in os.walk(root, onerror=unread):  # no link is followed
            for name in filter(is_recording, names):
                path = Path(folder, name)
                place = path.relative_to(root).as_posix()
                match = next(filter(None, (one.fullmatch(place) for one in wanted)), None)
                if match and began_at(match) < before and not path.is_symlink():
                    _remove(path, done)
        return done


def _files(folder: Path) -> Iterator[Path]:
    """The files of a folder that may be recordings; none where it is not there."""
    try:
        with os.scandir(folder) as entries:
            yield from (Path(entry.path) for entry in entries if is_recording(entry.name))
    except (FileNotFoundError, NotADirectoryError):
        return


def _is_within(path: Path, root: Path) -> bool:
    """Whether it is a file in there still when every link is followed."""
    real = path.resolve()
    return real.is_file() and real.is_relative_to(root)


def _remove(path: Path, done: Removed) -> None:
    try:
        path.unlink()
    except FileNotFoundError:
        return
    except OSError as error:
        done.failed(error)
    else:
        done.files += 1
