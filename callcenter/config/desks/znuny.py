"""``kind = "znuny"``."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from callcenter.config.desks.filing import CategoryField
from callcenter.config.desks.remote import FollowedTable
from callcenter.config.names import Table, Word, matching
from webhooks.ticket import Priority


class ZnunyStates(Table):
    """What a ticket's state is called in Znuny that callcenter opens, lets wait or closes."""

    open: Word = "open"
    pending: Word = "pending reminder"
    closed: Word = "closed successful"


class ZnunyDesk(CategoryField, FollowedTable):
    """``znuny`` is a queue of a Znuny, or of an OTRS 6.

    ``url`` is the address of its pages without ``index.pl``, ``web_service`` what our web service
    is called there. ``user`` and ``password`` are of an agent who may do all in ``queue``.
    ``customer`` is whose tickets are where nobody knows the caller. ``custom_field`` is the dynamic
    field that keeps the id of the call. ``priorities`` has its name of each of ours;
    ``category_field`` is another dynamic field, of type Dropdown or Text. ``users`` has Znuny's
    login of an agent, by ours, where it is another. ``webhook_secret`` is the password that its web
    service sends us.
    """

    kind: Literal["znuny"]
    web_service: Annotated[
        str, matching(r"[A-Za-z0-9_.-]{1,100}", "must be the name of a web service in Znuny")
    ] = "callcenter"
    user: Word
    password: SecretStr
    queue: Word
    customer: Word
    custom_field: Annotated[
        str, matching(r"[A-Za-z0-9]{1,100}", "must be the name of a dynamic field, such as CallID")
    ] = "CallID"
    priority: Word = "3 normal"
    priorities: dict[Priority, Word] = Field(default_factory=dict)
    type: Word | None = None
    states: ZnunyStates = Field(default_factory=ZnunyStates)
    users: dict[str, Word] = Field(default_factory=dict)
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
