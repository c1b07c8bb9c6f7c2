"""``kind = "rt"``."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from callcenter.config.desks.filing import CategoryField
from callcenter.config.desks.remote import FollowedTable
from callcenter.config.names import Word
from webhooks.ticket import Priority


def _field(name: str) -> str:
    if not name or any(letter in "{}'\"\\" or not letter.isprintable() for letter in name):
        raise PydanticCustomError(
            "custom_field", "must be the name of a custom field in RT, such as CallID"
        )
    return name


class RtDesk(CategoryField, FollowedTable):
    """``rt`` is a queue of a Request Tracker 5.

    ``url`` is the address of its pages, ``token`` one of a user who may make tickets in ``queue``.
    ``custom_field`` keeps the id of the call. ``users`` has RT's name of an agent, by login, where
    it is another. ``priorities`` are numbers, as RT has them; ``category_field`` is a custom field
    of the queue. ``opened``, ``pending`` and ``closed`` are the statuses of the queue's lifecycle
    that mean it; the first of each is written. ``webhook_secret`` is what our Scrip signs with.
    """

    kind: Literal["rt"]
    token: SecretStr
    queue: Word
    custom_field: Annotated[str, AfterValidator(_field)] = "CallID"
    priorities: dict[Priority, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    users: dict[str, Word] = Field(default_factory=dict)
    opened: Word = "open"
    pending: Annotated[tuple[Word, ...], Field(min_length=1)] = ("stalled",)
    closed: Annotated[tuple[Word, ...], Field(min_length=1)] = ("resolved", "rejected")
    settles_s: Annotated[float, Field(ge=0, le=3600)] = 60.0
