"""What a new ticket says, and how the built-in desk numbers it."""

from collections.abc import Sequence
from datetime import datetime, tzinfo


def number(day: str, position: int) -> str:
    """``T20261123.0001``: the day, and the ticket's place in it; beyond 9999 it grows wider."""
    return f"T{day}.{position:04d}"


def day(at: datetime, zone: tzinfo) -> str:
    """The day a ticket is numbered under, where its line is: ``20261123``."""
    return at.astimezone(zone).strftime("%Y%m%d")


def title(line: str, contacts: Sequence[str], company: str | None, caller: str) -> str:
    """Who called on which line, as well as the number tells. ``caller`` is for when it does not.

    Of contacts who share a number none is named: the ticket would claim to know.
    """
    who = contacts[0] if len(contacts) == 1 else None
    known = " - ".join(part for part in (who, company) if part)
    return f"{line}: {known or caller}"
