"""Where a page of a list begins, as text for a link.

It holds a time and an id, nothing about anybody.
"""

from datetime import UTC, datetime

from callcenter.web.errors import NotFoundError


def to_text(at: datetime, key: str) -> str:
    """The last row of a page: its time and its id."""
    return f"{at.isoformat()}~{key}"


def from_text(text: str | None) -> tuple[datetime, str] | None:
    """What ``to_text`` made; None for no text. Raises NotFoundError for anything else."""
    if not text:
        return None
    moment, _, key = text.partition("~")
    try:
        at = datetime.fromisoformat(moment)
        if at.tzinfo is None or not key or not key.isprintable():
            raise ValueError(text)
        return at.astimezone(UTC), key
    except (ValueError, OverflowError) as error:  # a time may be one only where it was written
        raise NotFoundError("the list has no such page") from error
