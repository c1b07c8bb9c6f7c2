"""What Freshdesk answers, as far as it is looked at."""

from typing import Any

from pydantic import AwareDatetime, BaseModel, RootModel


class Ticket(BaseModel):
    """``deleted``: it is in the bin, and can be read there."""

    id: int
    subject: str | None = None
    status: int
    priority: int | None = None
    type: str | None = None
    updated_at: AwareDatetime
    deleted: bool = False
    custom_fields: dict[str, Any] = {}

    def value(self, name: str) -> str | None:
        """Of a custom field; None where there is none, or no text."""
        found = self.custom_fields.get(name)
        return found if isinstance(found, str) else None


class Tickets(RootModel[list[Ticket]]):
    """A page of a list."""


class Found(BaseModel):
    """A page of what its search index has."""

    total: int
    results: list[Ticket]


class Field(BaseModel):
    """Of the form that tickets are made with. ``choices`` are by name where they have ids."""

    name: str
    type: str
    required_for_agents: bool = False
    choices: Any = None


class Fields(RootModel[list[Field]]):
    """All of them."""


class Conversation(BaseModel):
    """A note or a reply."""

    body_text: str | None = None


class Conversations(RootModel[list[Conversation]]):
    """A page of a ticket's, the oldest first."""


class Made(BaseModel):
    """Something that was made."""

    id: int


class Mistake(BaseModel):
    """What is wrong with a field."""

    field: str = ""
    message: str


class Said(BaseModel):
    """Why something was refused: in ``message``, or in ``errors``."""

    description: str = ""
    message: str = ""
    errors: list[Mistake] = []


class TicketHook(BaseModel):
    """The ticket of a webhook."""

    ticket_id: str | int


class Hook(BaseModel):
    """What a webhook sends, as Freshdesk proposes it."""

    freshdesk_webhook: TicketHook


class Company(BaseModel):
    """It has no telephone number."""

    id: int
    name: str
    updated_at: AwareDatetime


class Companies(RootModel[list[Company]]):
    """A page of them."""


class Contact(BaseModel):
    """``deleted``: it is in the bin. Whether one is ``active`` says only that they signed up."""

    id: int
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    company_id: int | None = None
    deleted: bool = False
    updated_at: AwareDatetime


class Contacts(RootModel[list[Contact]]):
    """A page of them."""
