"""What Zendesk answers, as far as it is looked at."""

from typing import Any

from pydantic import BaseModel


class Value(BaseModel):
    """Of a field of the account's own."""

    id: int
    value: Any = None


class Ticket(BaseModel):
    """``generated_timestamp`` (Unix seconds) is of its last change of any kind, in an export."""

    id: int
    subject: str | None = None
    status: str
    external_id: str | None = None
    priority: str | None = None
    tags: list[str] = []
    custom_fields: list[Value] = []
    generated_timestamp: int = 0

    def value(self, field: int) -> object:
        """Of the field with this id; None where there is none."""
        return next((one.value for one in self.custom_fields if one.id == field), None)


class OneTicket(BaseModel):
    """The one that was made, changed or asked for."""

    ticket: Ticket


class Meta(BaseModel):
    """Whether there is a further page, and what it is asked for with."""

    has_more: bool = False
    after_cursor: str | None = None

    @property
    def next(self) -> str | None:
        """What the further page is asked for with; None: there is none."""
        return self.after_cursor if self.has_more else None


class Tickets(BaseModel):
    """A page of a list."""

    tickets: list[Ticket]


class Export(Tickets):
    """A page of what changed, in the order of the changes."""

    after_cursor: str | None = None
    end_of_stream: bool


class Result(BaseModel):
    """A ticket that a search found."""

    id: int


class Results(BaseModel):
    """What a search found, the first of it."""

    results: list[Result]


class Comment(BaseModel):
    """What somebody wrote into a ticket."""

    body: str = ""


class Comments(BaseModel):
    """A page of a ticket's."""

    comments: list[Comment]
    meta: Meta = Meta()


class Group(BaseModel):
    """Of agents."""

    id: int
    name: str


class Groups(BaseModel):
    """A page of them."""

    groups: list[Group]
    meta: Meta = Meta()


class Option(BaseModel):
    """Of a drop-down field: ``name`` is what people read, ``value`` what a ticket has."""

    name: str
    value: str


class Field(BaseModel):
    """Of tickets."""

    id: int
    title: str
    type: str
    active: bool = True
    custom_field_options: list[Option] = []


class Fields(BaseModel):
    """A page of them."""

    ticket_fields: list[Field]
    meta: Meta = Meta()


class User(BaseModel):
    """An agent."""

    id: int
    email: str | None = None


class Users(BaseModel):
    """A page of a group's."""

    users: list[User]
    meta: Meta = Meta()


class Mistake(BaseModel):
    """What is wrong with a field."""

    description: str


class Reason(BaseModel):
    """Why it may not be done."""

    message: str


class Said(BaseModel):
    """Why something was refused."""

    error: str | Reason
    description: str = ""
    details: dict[str, list[Mistake]] = {}


class Subject(BaseModel):
    """What an event is about."""

    id: str


class Hook(BaseModel):
    """A webhook: of a trigger, whose body is written there, or of a subscription to events."""

    ticket_id: str | int | None = None
    detail: Subject | None = None


class Organization(BaseModel):
    """One that was deleted is still exported, and says since when."""

    id: int
    name: str
    deleted_at: str | None = None


class Listing(BaseModel):
    """How a page goes on: ``meta`` of a list, the others of an export."""

    meta: Meta = Meta()
    end_of_stream: bool = False
    after_cursor: str | None = None
    end_time: int | None = None


class Organizations(Listing):
    """A page of them."""

    organizations: list[Organization]


class OneOrganization(BaseModel):
    """Asked for by its id."""

    organization: Organization


class Customer(BaseModel):
    """A user, and an agent too; one that was deleted is not ``active``."""

    id: int
    name: str
    role: str
    active: bool = True
    email: str | None = None
    phone: str | None = None
    organization_id: int | None = None


class People(Listing):
    """A page of users."""

    users: list[Customer]


class OneUser(BaseModel):
    """Asked for by its id."""

    user: Customer
