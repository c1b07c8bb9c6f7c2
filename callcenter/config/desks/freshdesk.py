"""``kind = "freshdesk"``."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from callcenter.config.desks.filing import CategoryLabels
from callcenter.config.desks.remote import CustomersTable
from callcenter.config.desks.zendesk import Address
from callcenter.config.names import Word, matching
from webhooks.ticket import Priority

Urgency = Literal["low", "medium", "high", "urgent"]
"""What it calls its priorities."""


class FreshdeskDesk(CategoryLabels, CustomersTable):
    """``freshdesk`` is a group of a Freshdesk.

    ``url`` is the address of its pages, ``key`` the API key of an agent. ``requester`` is the
    address of whose ticket it is where the caller withheld his number. ``custom_field`` is the
    field that keeps the id of the call. ``users`` has the name of an agent there, by our login.
    ``priorities`` has its word for each of ours, ``categories`` a type of its tickets for each.
    ``fields`` are what else each ticket has: ``type``, or a field of your own. ``webhook_secret``
    is what its webhooks have in the header ``X-Callcenter-Secret``.
    """

    kind: Literal["freshdesk"]
    key: SecretStr
    group: Word
    requester: Address
    custom_field: Annotated[
        str, matching(r"cf_[a-z0-9_]{1,97}", "must be the name of a field, such as cf_call_id")
    ] = "cf_call_id"
    priority: Urgency = "low"
    priorities: dict[Priority, Urgency] = Field(
        default={"low": "low", "medium": "medium", "high": "high", "critical": "urgent"}
    )
    users: dict[str, Word] = Field(default_factory=dict)
    fields: dict[str, str | int | bool] = Field(default_factory=dict)
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 300.0
