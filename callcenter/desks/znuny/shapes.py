"""What Znuny answers, as far as it is looked at. Its numbers are text, or not, as Perl has it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

UtcTime = Annotated[datetime, AfterValidator(lambda at: at.replace(tzinfo=UTC))]
"""Of Znuny's own time zone, which is UTC where nobody chose another when it was installed."""


class Loose(BaseModel):
    """Takes a number for text."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class Problem(Loose):
    """Why something is refused."""

    ErrorCode: str
    ErrorMessage: str = ""


class Refused(Loose):
    """A refusal: it is answered 200, like everything else."""

    Error: Problem


class FieldValue(Loose):
    """Of a dynamic field."""

    Name: str
    Value: str | list[str] | None = None


class Text(Loose):
    """What somebody wrote."""

    Body: str | None = None


class Ticket(Loose):
    """``TicketNumber`` is the one that people see."""

    TicketID: str
    TicketNumber: str
    Title: str
    StateType: str
    Priority: str = ""
    Changed: UtcTime
    DynamicField: list[FieldValue] = []
    Article: list[Text] = []

    def has(self, name: str) -> bool:
        """Whether tickets have this dynamic field, with anything in it or nothing."""
        return any(one.Name == name for one in self.DynamicField)

    def value(self, name: str) -> str | None:
        """Of one of its dynamic fields; None where there is none, or more than text."""
        found = (one.Value for one in self.DynamicField if one.Name == name)
        return next((value for value in found if isinstance(value, str)), None)


class Tickets(Loose):
    """Those that were asked for by their ids."""

    Ticket: list[Ticket]


class Found(Loose):
    """The ids of what a search found."""

    TicketID: list[str] = []


class Made(Loose):
    """A ticket that was made or written into."""

    TicketID: str
    TicketNumber: str | None = None


class Event(Loose):
    """Something that happened to a ticket; ``Name`` says what to, in words."""

    HistoryType: str
    Name: str = ""


class History(Loose):
    """All that happened to a ticket, the oldest first."""

    History: list[Event] = []


class Histories(Loose):
    """Of the tickets that were asked for."""

    TicketHistory: list[History]


class Told(Loose):
    """The ticket of a webhook."""

    TicketNumber: str


class Hook(Loose):
    """What the invoker ``Ticket::Generic`` tells."""

    Ticket: Told
