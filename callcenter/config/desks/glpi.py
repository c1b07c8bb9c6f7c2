"""``kind = "glpi"``."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from callcenter.config.desks.filing import CategoryPath
from callcenter.config.desks.remote import CustomersTable
from callcenter.config.names import Word
from webhooks.ticket import Priority


def _quotable(name: str) -> str:
    if {"'", '"'} <= set(name) or "\\" in name:
        raise PydanticCustomError(
            "quotes", "cannot be asked for in GLPI: it has both kinds of quotes in it, or a \\"
        )
    return name


Named = Annotated[Word, AfterValidator(_quotable)]
"""What GLPI is asked for by its name."""


class GlpiDesk(CustomersTable):
    """``glpi`` is a GLPI 11, by version 2 of its interface.

    ``url`` is the address of its pages. ``client_id`` and ``client_secret`` are of an OAuth client
    with the grant Password, ``user`` and ``password`` of who makes the tickets. ``entity`` and
    ``category`` are whole paths of names, such as ``Root entity > Lyon``, and so is what
    ``categories`` has for ours; without an entity the user's own is meant. ``priorities`` are
    urgencies, of which 5 is the highest. ``users`` has GLPI's login of an agent, by ours, where it
    is another. ``webhook_secret`` is the secret of its webhooks.
    """

    kind: Literal["glpi"]
    client_id: Word
    client_secret: SecretStr
    user: Word
    password: SecretStr
    type: Literal["incident", "request"] = "incident"
    entity: Named | None = None
    category: Named | None = None
    categories: dict[CategoryPath, Named] = Field(default_factory=dict)
    priorities: dict[Priority, Annotated[int, Field(ge=1, le=5)]] = Field(
        default={"low": 2, "medium": 3, "high": 4, "critical": 5}
    )
    request_type: Named | None = None
    users: dict[str, Named] = Field(default_factory=dict)
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
