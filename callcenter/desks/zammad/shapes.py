"""What Zammad answers, as far as it is looked at: each with ``expand=true``, names beside ids."""

from pydantic import AwareDatetime, BaseModel, ConfigDict, RootModel


class Ticket(BaseModel):
    """``number`` is the one that people see; the attributes of the site's own are extra."""

    model_config = ConfigDict(extra="allow")

    id: int
    number: str
    title: str
    state: str
    priority: str = ""
    updated_at: AwareDatetime

    def value(self, attribute: str) -> str | None:
        """Of an attribute of the site's own; None where there is none, or no text."""
        found = (self.model_extra or {}).get(attribute)
        return found if isinstance(found, str) else None


class Tickets(RootModel[list[Ticket]]):
    """What a search found."""


class State(BaseModel):
    """A state of tickets, and of which of Zammad's own types it is."""

    name: str
    state_type: str
    active: bool = True


class States(RootModel[list[State]]):
    """All of them."""


class Priority(BaseModel):
    """How urgent a ticket may be."""

    name: str


class Priorities(RootModel[list[Priority]]):
    """All of them."""


class User(BaseModel):
    """A customer or an agent."""

    id: int
    login: str = ""
    email: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    phone: str | None = None
    mobile: str | None = None
    organization_id: int | None = None
    active: bool = True


class Users(RootModel[list[User]]):
    """What a search found."""


class Customer(BaseModel):
    """An organization, which has a name, or a user."""

    id: int
    updated_at: AwareDatetime
    active: bool = True
    name: str = ""
    login: str = ""
    email: str | None = None
    firstname: str | None = None
    lastname: str | None = None
    phone: str | None = None
    mobile: str | None = None
    organization_id: int | None = None


class Customers(RootModel[list[Customer]]):
    """A page of them."""


class Me(BaseModel):
    """Our own user, and what it may do in each group, by the group's name."""

    groups: dict[str, list[str]] = {}


class Link(BaseModel):
    """From one ticket to another."""

    link_type: str
    link_object: str
    link_object_value: int


class Links(BaseModel):
    """All of a ticket's."""

    links: list[Link]


class Made(BaseModel):
    """Something that was made."""

    id: int


class Said(BaseModel):
    """Why something was refused."""

    error: str


class TicketHook(BaseModel):
    """The ticket of a webhook."""

    number: str


class Hook(BaseModel):
    """What a webhook sends, unless it was given a body of its own."""

    ticket: TicketHook
