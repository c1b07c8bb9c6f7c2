"""Ids as they come from outside: in a path, a query or a form."""

import re

from aiohttp import web

ID = "[0-9]{1,18}"
"""An id in a path: both databases have ids of 64 bits."""


def id_in(request: web.Request, name: str) -> int:
    """The id in the request's path, where its route says ``ID``."""
    return int(request.match_info[name])


def id_of(text: str | None) -> int | None:
    """The id that a field or an address has; None for what is none."""
    return int(text) if text and re.fullmatch(ID, text, re.ASCII) else None
