"""Recordings in their folder: a call's are found, old ones are removed, and nothing else."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.core.recording_name import NamePattern
from callcenter.records.recordings import Recordings

BEGAN = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # in Paris it is the 23rd
ID = f"{int(BEGAN.timestamp())}.42"
NAMES = ("{year}/{month}/{day}/*{id}.*", "*{id}.*")


@pytest.fixture
def recordings(tmp_path: Path) -> Recordings:
    """An empty folder."""
    folder = tmp_path / "monitor"
    folder.mkdir()
    return Recordings(
        folder=folder, names=tuple(map(NamePattern, NAMES)), zone=ZoneInfo("Europe/Paris")
    )


def put(recordings: Recordings, place: str) -> Path:
    path = recordings.folder / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"RIFF")
    return path


def test_a_calls_recordings_are_found_where_its_days_are(recordings: Recordings) -> None:
    put(recordings, f"2026/11/22/q-600-{ID}.wav")
    today = put(recordings, f"2026/11/23/q-600-{ID}.wav")
    flat = put(recordings, f"{ID}.wav")
    put(recordings, "2026/11/23/q-600-1795400000.1.wav")
    found = recordings.of_call([ID, ""], BEGAN, BEGAN + timedelta(minutes=5))
    assert found == sorted([today, flat])


def test_a_link_that_leads_out_of_the_folder_is_none(recordings: Recordings) -> None:
    secret = recordings.folder.parent / "secret.wav"
    secret.write_bytes(b"secret")
    (recordings.folder / f"{ID}.wav").symlink_to(secret)
    outside = recordings.folder.parent / "outside"
    outside.mkdir()
    (outside / f"q-{ID}.wav").write_bytes(b"secret")
    (recordings.folder / "2026" / "11").mkdir(parents=True)
    (recordings.folder / "2026" / "11" / "23").symlink_to(outside)
    assert recordings.of_call([ID], BEGAN) == []


def test_a_folder_that_is_not_there_is_an_error(recordings: Recordings) -> None:
    recordings.folder.rmdir()
    with pytest.raises(OSError, match="monitor"):
        recordings.of_call([ID], BEGAN)


def test_what_is_old_is_removed_and_nothing_else(recordings: Recordings) -> None:
    old = put(recordings, f"2026/11/23/q-600-{ID}.wav")
    young = put(recordings, f"{int(BEGAN.timestamp()) + 86400}.7.wav")
    announcement = put(recordings, "custom/welcome.wav")
    elsewhere = put(recordings, f"custom/{ID}.wav")
    text = put(recordings, f"{ID}.txt")
    outside = recordings.folder.parent / f"{ID}.wav"
    outside.write_bytes(b"RIFF")
    link = recordings.folder / f"x-{ID}.wav"
    link.symlink_to(outside)
    done = recordings.remove_old(BEGAN + timedelta(hours=1))
    assert (done.files, done.left) == (1, 0)
    assert not old.exists()
    assert all(one.exists() for one in (young, announcement, elsewhere, text, outside, link))
    assert recordings.remove_old(BEGAN + timedelta(hours=1)).files == 0


def test_what_cannot_be_removed_is_said(
    recordings: Recordings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(recordings, f"{ID}.wav")

    def refuse(_path: Path) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "unlink", refuse)
    done = recordings.remove_old(BEGAN + timedelta(hours=1))
    assert (done.files, done.left, done.problem) == (0, 1, "PermissionError: Permission denied")
    assert path.exists()
