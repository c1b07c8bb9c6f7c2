"""``kind = "builtin"``."""

from typing import Literal

from callcenter.config.names import Name, Table


class BuiltinDesk(Table):
    """``builtin`` keeps its tickets in callcenter's own database."""

    name: Name
    kind: Literal["builtin"]
