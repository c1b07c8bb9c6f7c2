"""A ticket of the built-in desk as the outside sees it."""

from typing import Literal

from webhooks.shape import Moment, Shape

TicketStatus = Literal["new", "in_progress", "waiting", "complete"]
Priority = Literal["low", "medium", "high", "critical"]
Source = Literal["phone", "portal", "agent", "alert"]


class Note(Shape):
    """What somebody wrote into a ticket: an agent, or a customer in the portal."""

    at: Moment
    agent: str | None  # the login
    customer: str | None  # the name
    public: bool  # for the ticket's customer to read
    text: str


class Ticket(Shape):
    """One ticket; ``call`` is the id of the call that made it, None for one made by hand."""

    number: str  # "T20261123.0001"
    url: str
    title: str
    call: str | None
    company: str | None
    contact: str | None
    contract: str | None
    queue: str  # the line's name
    primary_resource: str | None  # login of the agent who answered
    account_owner: str | None
    source: Source
    status: TicketStatus
    priority: Priority
    category: str | None
    subcategory: str | None
    solved_on_call: bool
    created_at: Moment
    completed_at: Moment | None
    resolution: str | None  # the summary note; a ticket is not complete without one
    merged_into: str | None  # the ticket that survives this one
    telephone: str | None  # where its customer wants to be called back, in E.164
    notes: list[Note]
