"""What GLPI answers, as far as it is looked at."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, RootModel


class Token(BaseModel):
    """Lets in for ``expires_in`` seconds."""

    access_token: str
    expires_in: float


class Made(BaseModel):
    """The id of what was made."""

    id: int


class Chosen(BaseModel):
    """Of a ticket: its status, or its category."""

    id: int


class Ticket(BaseModel):
    """One in the bin is still given, and says so."""

    id: int
    name: str
    status: Chosen
    urgency: int | None = None
    category: Chosen | None = None
    date_mod: AwareDatetime
    external_id: str | None = None
    is_deleted: bool = False


class Tickets(RootModel[list[Ticket]]):
    """A page of them."""


class Named(BaseModel):
    """Something that is chosen from a list."""

    id: int
    name: str | None = None
    completename: str | None = None


class NamedOnes(RootModel[list[Named]]):
    """What a search found."""


class User(BaseModel):
    """Who works there, or is helped."""

    id: int
    username: str
    is_active: bool = True
    is_deleted: bool = False


class Users(RootModel[list[User]]):
    """What a search found."""


class Entity(BaseModel):
    """A company, a site of one, or what has all of them: ``completename`` is its whole path."""

    id: int
    name: str | None = None
    completename: str | None = None


class Entities(RootModel[list[Entity]]):
    """A page of them."""


class Address(BaseModel):
    """An e-mail address."""

    email: str | None = None
    is_default: bool = False


class Customer(User):
    """A user, with what is read of one who may call."""

    firstname: str | None = None
    realname: str | None = None
    phone: str | None = None
    phone2: str | None = None
    mobile: str | None = None
    emails: list[Address] | None = None


class Customers(RootModel[list[Customer]]):
    """A page of them."""


class Entry(BaseModel):
    """A follow-up: some versions give it as it is, others wrap it up as an ``item``."""

    content: str | None = None
    item: "Entry | None" = None

    @property
    def text(self) -> str:
        """What it says."""
        return (self.item or self).content or ""


class Entries(RootModel[list[Entry]]):
    """All follow-ups of a ticket."""


class Message(BaseModel):
    """One of those that its pages would show."""

    message: str


class Problem(BaseModel):
    """Why something is refused; ``detail`` is of any shape."""

    status: str
    title: str
    detail: Any = None
    additional_messages: list[Message] = []


class NoToken(BaseModel):
    """Why nobody is let in (RFC 6749, 5.2)."""

    error: str
    error_description: str = ""


class HookTicket(BaseModel):
    """The ticket of a webhook; of no other kind of item there has it an ``external_id``."""

    id: int
    external_id: str | None


class Hook(BaseModel):
    """What a webhook tells: of a ticket, or of a follow-up, a task or a solution of one."""

    item: HookTicket | dict[str, Any]
    parent_item: HookTicket | None = None

    @property
    def ticket(self) -> HookTicket | None:
        """Which one it is about."""
        return self.item if isinstance(self.item, HookTicket) else self.parent_item
