"""A call that an agent makes from a page."""

from typing import Literal

from webhooks.shape import Moment, Shape

Purpose = Literal["callback", "verify", "call"]
OutgoingState = Literal["asked", "sent", "pick_up", "calling", "talking", "ended"]
Result = Literal[
    "answered",
    "busy",
    "no_answer",
    "failed",
    "cancelled",
    "agent_no_answer",
    "expired",
    "unknown",
]
Trouble = Literal["right", "telephone", "trunk", "pbx"]


class OutgoingCall(Shape):
    """The agent's telephone rings first, then the customer's. No figure of a line counts it."""

    id: str
    agent: str | None  # login
    agent_name: str | None
    interface: str  # the telephone that rings: "PJSIP/101"
    number: str  # the customer's: "+33639981122"
    line: str | None  # whose number the customer is shown
    ticket: str | None  # the number of the ticket that it is about
    callback: int | None  # the missed call that it is about
    purpose: Purpose
    state: OutgoingState
    result: Result | None  # None while it lasts
    trouble: Trouble | None  # of one that failed
    verdict: Literal["solved", "not_solved"] | None  # of one to verify: what the customer said
    asked_at: Moment
    agent_answered_at: Moment | None
    answered_at: Moment | None  # by the customer
    ended_at: Moment | None
    talk_s: float | None  # None while unanswered or not over
