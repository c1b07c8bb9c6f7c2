"""A call as the outside sees it."""

from typing import Literal

from webhooks.shape import Moment, Shape

CallState = Literal["waiting", "ringing", "talking", "ended"]
Outcome = Literal["answered", "abandoned", "short_abandon", "overflow", "closed", "rejected"]
Attestation = Literal["A", "B", "C", "failed"]
"""Full, partial, gateway (RFC 8588), or signed in a way that does not hold."""

ObligationState = Literal["open", "ticketed", "qualified", "exempt"]


class Caller(Shape):
    """Who calls, as far as the number tells: a hint, never an identity."""

    raw: str  # as the operator sent it: "0639981122", "anonymous", ""
    e164: str | None  # "+33639981122"; None where the raw form is no public number
    name: str | None  # as the operator sent it
    attestation: Attestation | None = None  # the operator's word for the number
    removed: bool = False  # who it was is not kept any more


class Contact(Shape):
    """A person at a company."""

    id: int
    name: str
    company: str


class Company(Shape):
    """The customer, with what an agent wants to know before saying hello."""

    id: int
    name: str
    contract: str | None
    account_owner: str | None
    backup: str | None


class Leg(Shape):
    """One agent's part in a call. Seconds are rounded to milliseconds."""

    agent: str | None  # login; None where no agent has that telephone
    agent_name: str | None
    interface: str  # "PJSIP/101"
    offered_at: Moment
    answered_at: Moment | None
    ended_at: Moment | None
    talk_s: float | None  # None while not answered or not over
    hold_s: float
    acw_s: float | None  # of who answered, from the hang-up until the ticket is qualified


class CallTicket(Shape):
    """The debt of an answered call. Number and url are None until the desk confirmed them."""

    number: str | None
    url: str | None
    state: ObligationState


class Call(Shape):
    """One conversation from the customer's side, however many channels it took."""

    id: str
    pbx: str
    linkedid: str
    line: str
    caller: Caller
    company: Company | None
    contacts: list[Contact]
    state: CallState
    outcome: Outcome | None  # None while it lasts
    started_at: Moment
    queued_at: Moment | None  # when the ring group was first asked; None if it never was
    answered_at: Moment | None
    ended_at: Moment | None
    wait_s: float | None  # from queued_at to the answer or the end; None before either
    transfers: int
    imported: bool = False  # from the PBX's records of before: it owes no ticket
    legs: list[Leg]
    ticket: CallTicket | None  # None for a call that was not answered
