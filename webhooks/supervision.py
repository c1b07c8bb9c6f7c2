"""A supervisor who listens to a call that goes on."""

from typing import Literal

from webhooks.shape import Moment, Shape

Mode = Literal["listen", "whisper", "barge"]
SupervisionState = Literal["asked", "sent", "pick_up", "picked_up", "listening", "ended"]
SupervisionResult = Literal[
    "done",
    "cancelled",
    "no_answer",
    "busy",
    "telephone",
    "call_over",
    "right",
    "no_chanspy",
    "pbx",
    "expired",
    "unknown",
]


class Supervision(Shape):
    """The supervisor's telephone rings, and hears the agent's. It is no call, and in no figure."""

    id: str
    supervisor: str | None  # login
    supervisor_name: str | None
    interface: str  # the telephone that rings: "PJSIP/104"
    agent: str | None  # login of who is listened to
    agent_name: str | None
    is_announced: bool  # whether the agent's page says so
    call: str  # its id
    line: str
    mode: Mode
    state: SupervisionState
    result: SupervisionResult | None  # None while it lasts
    asked_at: Moment
    began_at: Moment | None  # from when the supervisor hears the call
    ended_at: Moment | None
