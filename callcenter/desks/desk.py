"""What a desk is: the one interface to every ticketing backend."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callcenter.errors import CallcenterError


class DeskError(CallcenterError):
    """A desk did not take or give a ticket; the message is the desk's own words where it has some.

    Whether a ticket was made is unknown: the desk is asked for the call's key before the next try.
    """

    code = "desk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A ticket to be made for an answered call. ``key`` is the call's id, and stays with it."""

    key: str
    line: str
    title: str
    answered_at: datetime
    company_id: int | None
    contact_id: int | None  # only where the number belongs to one person
    contract_id: int | None
    agent_id: int | None  # who answered: the primary resource
    account_owner: str | None


@dataclass(frozen=True, slots=True)
class TicketRef:
    """A ticket that a desk confirmed. ``url`` is where people read it."""

    number: str
    url: str


class Desk(Protocol):
    """A ticketing backend. It never retries by itself: the job decides."""

    @property
    def name(self) -> str:
        """The name in the configuration."""

    async def find(self, key: str) -> TicketRef | None:
        """The ticket that carries this call's key. Raises DeskError."""

    async def create(self, draft: Draft) -> TicketRef:
        """Make the ticket, with exactly one request. Raises DeskError."""
