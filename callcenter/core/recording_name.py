"""How a PBX names the files in which it records calls, and which of them are a call's.

What FreePBX calls ``2026/11/23/q-600-0639981122-20261123-101204-1795421524.42.wav`` is found by
``{year}/{month}/{day}/*{id}.*``: the id is the Uniqueid of the caller's channel, or its Linkedid.
Files are looked for among those that are there, so that no name of anybody's leads elsewhere.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

ID: Final = "{id}"
DAY: Final = ("{year}", "{month}", "{day}")

ENDINGS: Final = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
}
"""Of files that browsers play."""

OTHER_ENDINGS: Final = frozenset({".WAV", ".gsm", ".ulaw", ".alaw", ".sln", ".g722"})
"""Of files that Asterisk records as well, and that a program of one's own plays."""

ANY_ID: Final = r"(?<!\d)(?P<began>\d{10})\.\d+"
"""An id of any call: the second in which its channel began, and the channel's number."""


@dataclass(frozen=True, slots=True)
class NamePattern:
    """Where recordings are, below their folder: folders with slashes between, then a file.

    ``{year}``, ``{month}`` and ``{day}`` are of the call's beginning or end, where the PBX is;
    ``{id}``, in the file's name, is the call's; ``*`` there is anything.
    """

    text: str

    @property
    def problem(self) -> str | None:
        """Why it cannot be used; None where it can."""
        *folders, name = self.text.split("/")
        if name.count(ID) != 1 or any(ID in one for one in folders):
            return "must have {id} once, in the file's name"
        if any(one in ("", ".", "..") or "*" in one for one in folders):
            return "must be below the folder, its own folders without * and without .."
        rest = self.text.replace(ID, "")
        for each in DAY:
            rest = rest.replace(each, "")
        return "knows {year}, {month}, {day} and {id} only" if set("{}\\\0") & set(rest) else None

    def folders(self, day: date) -> tuple[str, ...]:
        """The folders in which the recordings of a day are."""
        said = dict(zip(DAY, (f"{day:%Y}", f"{day:%m}", f"{day:%d}"), strict=True))
        return tuple(_said(one, said) for one in self.text.split("/")[:-1])

    def of_call(self, ids: Collection[str]) -> re.Pattern[str]:
        """What the names of a call's recordings match; ``ids`` are its Uniqueid and Linkedid."""
        wanted = "|".join(re.escape(one) for one in sorted(ids))
        return self._name(rf"(?<![\w.])(?:{wanted})(?![\d.]*\d)")

    def of_any(self) -> re.Pattern[str]:
        """What the whole path of any call's recording matches; ``began`` is when, in seconds."""
        folders = "".join(
            _said(re.escape(one), {re.escape(each): r"\d+" for each in DAY}) + "/"
            for one in self.text.split("/")[:-1]
        )
        return re.compile(folders + self._name(ANY_ID).pattern, re.DOTALL)

    def _name(self, id_: str) -> re.Pattern[str]:
        before, after = self.text.rpartition("/")[2].split(ID)
        return re.compile(_any(before) + id_ + _any(after), re.DOTALL)


def began_at(match: re.Match[str]) -> datetime:
    """When the call of a recording began, by its name."""
    return datetime.fromtimestamp(int(match["began"]), UTC)


def is_recording(name: str) -> bool:
    """Whether it is a file of a kind in which Asterisk records."""
    ending = name[name.rfind(".") :]
    return ending in ENDINGS or ending in OTHER_ENDINGS


def _said(text: str, said: dict[str, str]) -> str:
    for name, value in said.items():
        text = text.replace(name, value)
    return text


def _any(text: str) -> str:
    return "[^/]*".join(re.escape(one) for one in text.split("*"))
