"""What Request Tracker 5 answers, of which only what is used here is read."""

from datetime import datetime

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from callcenter.desks.client import Answer, plain


class Named(BaseModel):
    id: str
    name: str | None = None


class CustomField(BaseModel):
    Type: str | None = None
    Values: list[str] = []


class Link(BaseModel):
    ref: str


class Queue(BaseModel):
    """Of the links of a record RT gives those that our user has the right to follow."""

    TicketCustomFields: list[Named] = []
    hyperlinks: list[Link] = Field(default=[], alias="_hyperlinks")


class User(BaseModel):
    """``Disabled`` is told of others to whoever has AdminUsers, and to nobody else."""

    Disabled: int | None = None


class Owned(BaseModel):
    Owner: Named


class Owners(BaseModel):
    items: list[Owned]


class Made(BaseModel):
    id: str


class Listed(BaseModel):
    id: str
    EffectiveId: str
    LastUpdated: datetime


class Listing(BaseModel):
    items: list[Listed]


class Value(BaseModel):
    name: str
    values: list[str]


class Ticket(BaseModel):
    id: int
    Status: str
    Subject: str | None = None
    Priority: int = 0
    CustomFields: list[Value] = []

    def values(self, field: str) -> list[str]:
        return next((one.values for one in self.CustomFields if one.name == field), [])


class Transaction(BaseModel):
    Type: str
    Data: str | None = None


class History(BaseModel):
    pages: float | None = None
    items: list[Transaction]


class Hook(BaseModel):
    transaction: str
    ticket: str
    sent_at: datetime


class Said(BaseModel):
    message: str


def all_words(answer: Answer) -> str:
    """What RT says of each change that was wanted."""
    try:
        return plain("; ".join(TypeAdapter(list[str]).validate_json(answer.body)))
    except ValidationError:
        return ""


def words(answer: Answer) -> str:
    try:
        return plain(Said.model_validate_json(answer.body).message)
    except ValidationError:
        return ""
