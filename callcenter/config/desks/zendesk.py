"""``kind = "zendesk"``."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from callcenter.config.desks.filing import CategoryField
from callcenter.config.desks.remote import CustomersTable
from callcenter.config.names import Word, matching
from webhooks.ticket import Priority

Address = Annotated[str, matching(r"[^\s@]+@[^\s@]+", "must be an e-mail address")]

Urgency = Literal["low", "normal", "high", "urgent"]
"""What it calls its priorities."""


class ZendeskDesk(CategoryField, CustomersTable):
    """``zendesk`` is a group of a Zendesk.

    ``url`` is the address of its pages, ``user`` that of the agent whom ``token`` lets in.
    ``requester`` is the address of whose ticket it is where the caller has none. ``users`` has the
    address of an agent, by our login, where it does not begin with it. ``talk_partner = true``: the
    account has Talk Partner Edition, which opens the ticket on the agent's screen.
    ``priorities`` has its word for each of ours; ``category_field`` is the title of a drop-down
    field of tickets. ``webhook_secret`` is the signing secret of its webhook.
    """

    kind: Literal["zendesk"]
    user: Address
    token: SecretStr
    group: Word
    requester: Address
    priority: Urgency | None = None
    priorities: dict[Priority, Urgency] = Field(
        default={"low": "low", "medium": "normal", "high": "high", "critical": "urgent"}
    )
    users: dict[str, Address] = Field(default_factory=dict)
    talk_partner: bool = False
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
