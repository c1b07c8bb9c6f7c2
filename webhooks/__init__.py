"""The HTTP contract with the outside: the shapes of calls, tickets and events on the wire.

The API answers with them, the event stream carries them, and they are what a ticketing backend
receives, signed. This package knows nothing of the service that fills them in.
"""

from webhooks.call import Call, Caller, CallTicket, Company, Contact, Leg
from webhooks.callback import Callback
from webhooks.event import Event, EventType
from webhooks.floor import AgentState, OverdueObligation, QueueMember, Seat, Telephone
from webhooks.outgoing import OutgoingCall
from webhooks.subscription import SUBSCRIBABLE, WebhookType
from webhooks.supervision import Supervision
from webhooks.ticket import Note, Ticket
from webhooks.wanted import (
    ChangedTickets,
    FollowedTicket,
    Refusal,
    TicketAnswer,
    TicketHook,
    TicketUpdate,
    WantedNote,
    WantedTicket,
)

__all__ = [
    "SUBSCRIBABLE",
    "AgentState",
    "Call",
    "CallTicket",
    "Callback",
    "Caller",
    "ChangedTickets",
    "Company",
    "Contact",
    "Event",
    "EventType",
    "FollowedTicket",
    "Leg",
    "Note",
    "OutgoingCall",
    "OverdueObligation",
    "QueueMember",
    "Refusal",
    "Seat",
    "Supervision",
    "Telephone",
    "Ticket",
    "TicketAnswer",
    "TicketHook",
    "TicketUpdate",
    "WantedNote",
    "WantedTicket",
    "WebhookType",
]
