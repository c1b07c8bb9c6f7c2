"""``kind = "django-helpdesk"``."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr

from callcenter.config.desks.filing import CategoryField
from callcenter.config.desks.remote import FollowedTable
from callcenter.config.names import matching
from webhooks.ticket import Priority

Id = Annotated[int, Field(ge=1)]


class DjangoHelpdesk(CategoryField, FollowedTable):
    """``django-helpdesk`` is a queue of one.

    ``url`` is the address of its pages; ``user`` and ``password`` are of one of its staff.
    ``queue`` is the queue's id, and ``users`` has the id of an agent's user, by our login: it tells
    neither by a name. ``priorities`` are its numbers, of which 1 is the most urgent;
    ``category_field`` is the name of a custom field, of type List. ``custom_field`` keeps the id of
    the call. ``webhook_secret`` is the password in the address that its webhooks are sent to.
    """

    kind: Literal["django-helpdesk"]
    user: Annotated[str, matching(r"[\w.@+-]{1,150}", "must be a user name in django-helpdesk")]
    password: SecretStr
    queue: Id
    priority: Annotated[int, Field(ge=1, le=5)] = 3
    priorities: dict[Priority, Annotated[int, Field(ge=1, le=5)]] = Field(
        default={"low": 4, "medium": 3, "high": 2, "critical": 1}
    )
    custom_field: Annotated[
        str, matching(r"[A-Za-z0-9_-]{1,50}", "must be the name of a custom field, such as call_id")
    ] = "call_id"
    users: dict[str, Id] = Field(default_factory=dict)
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 10.0
