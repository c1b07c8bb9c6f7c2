"""What happened, in order: the envelope of the event stream."""

from enum import StrEnum

from webhooks.call import Call
from webhooks.callback import Callback
from webhooks.floor import AgentState, OverdueObligation, QueueMember, Seat, Telephone
from webhooks.outgoing import OutgoingCall
from webhooks.shape import Moment, Shape
from webhooks.supervision import Supervision
from webhooks.ticket import Ticket


class EventType(StrEnum):
    """Names are ``noun.past`` or ``noun.state``; a new one may appear, none changes its meaning."""

    CALL_STARTED = "call.started"
    CALL_RINGING = "call.ringing"
    CALL_OFFERED = "call.offered"
    CALL_ANSWERED = "call.answered"
    CALL_UPDATED = "call.updated"
    CALL_TRANSFERRED = "call.transferred"
    CALL_MISSED = "call.missed"
    CALL_ENDED = "call.ended"
    TICKET_CREATED = "ticket.created"
    TICKET_UPDATED = "ticket.updated"
    TICKET_COMPLETED = "ticket.completed"
    PBX_IN_SIGHT = "pbx.in_sight"
    PBX_OUT_OF_SIGHT = "pbx.out_of_sight"
    RING_GROUP_CHANGED = "ring_group.changed"
    TELEPHONE_CHANGED = "telephone.changed"
    QUEUE_MEMBER_CHANGED = "queue_member.changed"
    CALLBACK_CHANGED = "callback.changed"
    AGENT_STATE = "agent.state"
    OBLIGATION_OVERDUE = "obligation.overdue"
    SEAT_CHANGED = "seat.changed"
    OUTGOING_CHANGED = "outgoing_call.changed"
    SUPERVISION_CHANGED = "supervision.changed"


class PbxSight(Shape):
    """Whether the service sees a PBX: while it does not, no figure of that time is complete."""

    pbx: str
    reason: str | None


class RingGroup(Shape):
    """The telephones that ring for a line."""

    line: str
    interfaces: list[str]


class Event(Shape):
    """One entry of the journal. ``id`` grows without bound and is the stream's event id."""

    id: int
    type: EventType
    at: Moment
    data: (
        Call
        | Ticket
        | PbxSight
        | RingGroup
        | Telephone
        | QueueMember
        | AgentState
        | OverdueObligation
        | Callback
        | Seat
        | OutgoingCall
        | Supervision
    )
