"""Listening to a call that goes on: a supervisor's own telephone rings, and Asterisk's ChanSpy lets
them hear the agent's channel, and speak into it where that was asked for.

None of it is a call, or a part of one: nobody owes a ticket for it, and no figure counts it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Mode(StrEnum):
    """Who hears the supervisor."""

    LISTEN = "listen"  # nobody
    WHISPER = "whisper"  # the agent
    BARGE = "barge"  # the agent and the caller


OPTIONS: Final = {Mode.LISTEN: "quES", Mode.WHISPER: "quESw", Mode.BARGE: "quESB"}
"""ChanSpy's options. Quietly (q), of the one channel that has this Uniqueid (u), and over with it
(E), or where it is not there any more (S). Keys that are pressed meanwhile lead to nobody else and
change no mode: what is heard is what is in the audit trail.
"""


class SupervisionState(StrEnum):
    """How far it has come; only ever onwards, and it may end from each.

    =========  ==================================================  ==========================
    state      entered by                                          an end now is
    =========  ==================================================  ==========================
    ASKED      somebody clicked                                    expired, cancelled
    SENT       it is claimed, and the PBX told once at the most    telephone, call_over, ...
    PICK_UP    Newchannel of the supervisor's telephone            no_answer, busy, cancelled
    PICKED_UP  the supervisor picked up                            call_over, no_chanspy
    LISTENING  ChanSpyStart                                        done
    ENDED      Hangup, a refusal of the PBX, or a snapshot that
               knows nothing of it any more
    =========  ==================================================  ==========================
    """

    ASKED = "asked"
    SENT = "sent"
    PICK_UP = "pick_up"
    PICKED_UP = "picked_up"
    LISTENING = "listening"
    ENDED = "ended"


class SupervisionResult(StrEnum):
    """What became of it, each with something else to say, or to mend."""

    DONE = "done"  # the call was listened to
    CANCELLED = "cancelled"  # by the supervisor, before they heard anything
    NO_ANSWER = "no_answer"  # the supervisor's telephone was not picked up
    BUSY = "busy"  # it refused
    TELEPHONE = "telephone"  # the PBX does not know it, or does not reach it
    CALL_OVER = "call_over"  # the agent had hung up meanwhile
    RIGHT = "right"  # the manager account may not originate
    NO_CHANSPY = "no_chanspy"  # it has no ChanSpy, or its account lets no ChanSpyStart through
    PBX = "pbx"  # it refused in words of its own, which are in the log
    EXPIRED = "expired"  # nobody took it to the PBX in time
    UNKNOWN = "unknown"  # it ended while nobody was watching


@dataclass(frozen=True, slots=True)
class Supervision:
    """One as it is at one moment, by the PBX's clock. ``id`` is the Uniqueid of the supervisor's
    channel, and its Linkedid too.
    """

    id: str
    state: SupervisionState
    result: SupervisionResult | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
