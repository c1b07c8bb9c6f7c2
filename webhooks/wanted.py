"""A ticket that is wanted of a ticketing backend, and its answer."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from webhooks.shape import Moment, Shape
from webhooks.ticket import Priority


class WantedTicket(Shape):
    """The body of ``POST url``: a call was answered, and is to have one ticket.

    ``id`` is the call's, and the key of the ticket: who is sent the same again has that ticket
    already. None stands for what is not known. ``version`` grows when a field changes its meaning;
    a new field may appear at any time.

    With the ``source`` alert it is for alerts of a monitoring system, of which ``text`` tells: they
    came first at ``answered_at``, and ``id`` is theirs.
    """

    version: Literal[1] = 1
    id: str  # a UUID
    line: str
    title: str
    answered_at: Moment
    caller: str | None  # "+33639981122", or what was sent in its place: "anonymous", "101"
    company: str | None
    contact: str | None  # only where the number belongs to one person
    contract: str | None
    agent: str | None  # login of who answered
    account_owner: str | None
    source: Literal["phone", "alert"] = "phone"
    text: str | None = None


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise PydanticCustomError("one_line", "must be one line of text")
    return text


def _web_address(text: str) -> str:
    """Pages link to it: nothing that a browser would run."""
    if not text.startswith(("https://", "http://")):
        raise PydanticCustomError("web_address", "must begin with https:// or http://")
    return text


TicketNumber = Annotated[
    str, StringConstraints(min_length=1, max_length=64), AfterValidator(_one_line)
]
TicketUrl = Annotated[
    str,
    StringConstraints(max_length=2000),
    AfterValidator(_one_line),
    AfterValidator(_web_address),
]


class TicketAnswer(BaseModel):
    """The ticket that a backend has for a call. What else it says of it is passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: TicketNumber
    url: TicketUrl | None = None


class FollowedTicket(TicketAnswer):
    """The ticket of a backend with ``follows = true``: how far it is, and what it says.

    ``id`` is the call's whose ticket it is, where it is one's.
    """

    state: Literal["open", "pending", "closed"]
    title: str = ""
    id: str | None = None


class TicketUpdate(Shape):
    """The body of ``PATCH url/number/<number>``, for a backend with ``writes = true``.

    What an agent said of the call; None is left as it is. ``priority`` and categories are those of
    callcenter. Sent again, it changes nothing more.
    """

    version: Literal[1] = 1
    title: str | None
    state: Literal["open", "pending", "closed"] | None
    resolution: str | None  # what was done, of a ticket that is closed
    priority: Priority | None
    category: str | None
    subcategory: str | None


class WantedNote(Shape):
    """The body of ``POST url/number/<number>/notes``: for the backend's people, not for customers.

    Who is sent the same ``id`` again has that note already.
    """

    version: Literal[1] = 1
    id: str
    text: str


class ChangedTicket(BaseModel):
    """That something of a ticket is other than before, since ``at``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: TicketNumber
    at: AwareDatetime


class ChangedTickets(BaseModel):
    """What changed since the time that was asked for, or later, in the order of the times.

    Where they are many, the first of them; all of one time are together.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    tickets: list[ChangedTicket]


class TicketHook(BaseModel):
    """The body of a webhook to us: look at this ticket."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    number: TicketNumber


class Refusal(BaseModel):
    """Why a backend has no ticket for us, for people to read."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    error: str
