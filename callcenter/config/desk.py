"""``[[desk]]``: a ticketing backend."""

from typing import Literal

from callcenter.config.names import Name, Table


class Desk(Table):
    """``builtin`` keeps its tickets in callcenter's own database."""

    name: Name
    kind: Literal["builtin"]
