"""Query parameters: few, known by name, and refused where they make no sense."""

import base64
import binascii
import re
from collections.abc import Collection
from datetime import UTC, datetime

from aiohttp import web

from callcenter.web import cursors
from callcenter.web.api.errors import BadParameterError, UnknownParameterError
from callcenter.web.errors import NotFoundError

TEXT_MAX = 200
LIMIT_DEFAULT = 50
LIMIT_MAX = 200
"""Calls or tickets in one page: about 200 kB of JSON."""

_RFC3339 = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


class Parameters:
    """The parameters of one request. Every method raises BadParameterError.

    Making one raises UnknownParameterError for a name that is not in ``known``.
    """

    def __init__(self, request: web.Request, known: Collection[str]) -> None:
        self._query = request.query
        for name in self._query:
            if name not in known:
                raise UnknownParameterError(
                    f"there is no parameter {name[:TEXT_MAX]!r} here, only: "
                    f"{', '.join(sorted(known)) or 'none at all'}"
                )

    def text(self, name: str) -> str | None:
        """One line of text, not empty."""
        values = self._query.getall(name, [])
        if not values:
            return None
        if len(values) > 1:
            raise BadParameterError(f"{name} is there {len(values)} times: give it once")
        (value,) = values
        if not 0 < len(value) <= TEXT_MAX or not value.isprintable():
            raise BadParameterError(f"{name} must be 1 to {TEXT_MAX} characters that print")
        return value

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        """One of a few words."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise BadParameterError(f"{name} must be one of: {', '.join(choices)}")
        return value

    def moment(self, name: str) -> datetime | None:
        """A point in time, RFC 3339 with its offset."""
        value = self.text(name)
        if value is None:
            return None
        try:
            if not _RFC3339.fullmatch(value):
                raise ValueError(value)
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadParameterError(
                f"{name} must be a time with its offset, such as 2026-11-23T09:00:00Z or "
                "2026-11-23T10:00:00+01:00 (in an address, + is written %2B)"
            ) from None

    def limit(self) -> int:
        """How many entries a page may have."""
        value = self.text("limit")
        if value is None:
            return LIMIT_DEFAULT
        if not re.fullmatch(r"\d{1,4}", value, re.ASCII) or not 1 <= int(value) <= LIMIT_MAX:
            raise BadParameterError(f"limit must be a number from 1 to {LIMIT_MAX}")
        return int(value)

    def cursor(self) -> tuple[datetime, str] | None:
        """Where the page begins: what an earlier page gave as ``next``."""
        value = self.text("cursor")
        if value is None:
            return None
        try:
            text = base64.b64decode(value.encode(), altchars=b"-_", validate=True).decode()
            return cursors.from_text(text)
        except (ValueError, binascii.Error, NotFoundError):
            raise BadParameterError(
                "cursor is none that was given out: begin again without it"
            ) from None


def next_cursor(at: datetime, key: str) -> str:
    """What ``Parameters.cursor`` reads. Its inside is nobody's business and may change."""
    return base64.urlsafe_b64encode(cursors.to_text(at, key).encode()).decode()


def path_key(request: web.Request, name: str) -> str:
    """An id from the address, or "" for one that nothing can have."""
    value = request.match_info[name]
    return value if len(value) <= TEXT_MAX and value.isprintable() else ""
