"""An alert of a monitoring system, whichever that is."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

KEY_MAX = 100
NAME_MAX = 200
SEVERITY_MAX = 40
URL_MAX = 1000
TEXT_MAX = 2_000
"""Characters that are kept; nobody reads more of an alert."""


class Phase(StrEnum):
    """What it says of its trouble."""

    FIRING = "firing"
    OVER = "over"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message about one trouble.

    ``key`` is what its sender calls it, and ``episode`` tells one trouble of that key from the
    next; None where the sender has no word for that, so that their order has to tell. ``at`` is by
    the sender's clock: it is compared with other times of that sender, and with nothing else.
    """

    key: str
    episode: str | None
    phase: Phase
    text: str
    site: str = ""
    device: str = ""
    device_id: str | None = None  # the sender's own, which a new name does not change
    severity: str = ""
    url: str | None = None  # where people see it
    at: datetime | None = None

    @classmethod
    def of(
        cls,
        *,
        key: str,
        phase: Phase,
        text: str,
        episode: str | None = None,
        site: str = "",
        device: str = "",
        device_id: str = "",
        severity: str = "",
        url: str = "",
        at: datetime | None = None,
    ) -> Self:
        """As it is kept: every text on one line and short enough, what is empty left out."""
        return cls(
            key=_short(key),
            episode=None if episode is None else _short(episode),
            phase=phase,
            text=_line(text, TEXT_MAX),
            site=_line(site, NAME_MAX),
            device=_line(device, NAME_MAX),
            device_id=_short(device_id) or None,
            severity=_line(severity, SEVERITY_MAX),
            url=url if _is_address(url) else None,
            at=at,
        )


def _line(text: str, most: int) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in text)
    return " ".join(printable.split())[:most]


def _short(key: str) -> str:
    """The same, or what stands for a key that is too long: two of them must not become one."""
    key = _line(key, len(key))
    return key if len(key) <= KEY_MAX else hashlib.sha256(key.encode()).hexdigest()


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_web = parts.scheme in ("http", "https") and bool(parts.netloc)
    return is_web and len(url) <= URL_MAX and url.isprintable()
