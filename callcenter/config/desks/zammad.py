"""``kind = "zammad"``."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from callcenter.config.desks.filing import CategoryField
from callcenter.config.desks.remote import CustomersTable
from callcenter.config.names import Table, Word, matching
from webhooks.ticket import Priority


class ZammadStates(Table):
    """What a ticket's state is called in Zammad that callcenter opens, lets wait or closes."""

    open: Word = "open"
    pending: Word = "pending reminder"
    closed: Word = "closed"


class ZammadDesk(CategoryField, CustomersTable):
    """``zammad`` is a group of a Zammad.

    ``url`` is the address of its pages, ``token`` one of an agent who may do all in ``group``.
    ``customer`` is the login of whose ticket it is where nobody knows the caller. ``custom_field``
    is the attribute of tickets that keeps the id of the call. ``priorities`` has Zammad's name of
    each of ours; ``category_field`` is another attribute, which takes what ``categories`` has.
    ``users`` has Zammad's login of an agent, by ours, where it is another. ``webhook_secret`` is
    the signature token of its webhook.
    """

    kind: Literal["zammad"]
    token: SecretStr
    group: Word
    customer: Word
    custom_field: Annotated[
        str, matching(r"[a-z][a-z0-9_]{1,99}", "must be the name of an attribute, such as call_id")
    ] = "call_id"
    priority: Word | None = None
    priorities: dict[Priority, Word] = Field(default_factory=dict)
    states: ZammadStates = Field(default_factory=ZammadStates)
    users: dict[str, Word] = Field(default_factory=dict)
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 120.0
