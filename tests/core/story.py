"""Calls told by hand, for what no recording has: a story is a chain of what happens."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Self

from callcenter.core.call import Call
from callcenter.core.facts import Fact
from callcenter.core.noted import Noted
from callcenter.core.pbx import Event, OutOfSight, Snapshot
from callcenter.core.tracker import Tracker
from tests.core import recordings
from tests.rig import sites

BEGAN = 1795467000
TRUNK = f"{BEGAN}.0"
TELEPHONES = {f"PJSIP/{name}": f"{BEGAN}.{name}" for name in sites.TELEPHONES}
BRIDGE = "b-1"


class Story:
    """Events as Asterisk writes them, cut to what matters, each a second after the last.

    The caller is on the trunk; a telephone is named by its number.
    """

    def __init__(self, tracker: Tracker | None = None) -> None:
        self.tracker = tracker or recordings.tracker()
        self.facts: list[Fact] = []
        self.now = float(BEGAN)
        self.bridged: dict[str, str] = {}

    @property
    def call(self) -> Call:
        """The only call, as it was said last."""
        (call,) = recordings.latest(self.facts).values()
        return call

    def event(self, name: str, **headers: str) -> Self:
        """Asterisk says this."""
        self.now += 1
        return self.reads({"Event": name, "Timestamp": f"{self.now:.6f}", **headers})

    def reads(self, *items: Event | Snapshot | OutOfSight) -> Self:
        """The tracker is given these."""
        self.facts += recordings.play(self.tracker, items)
        return self

    def arrives(
        self, extension: str = sites.SUPPORT, context: str = "from-callcenter-trunk"
    ) -> Self:
        """The caller's channel is made."""
        return self.event(
            "Newchannel", **channel(), Exten=extension, Context=context, CallerIDNum="0639981122"
        )

    def joins(self) -> Self:
        """The caller waits in the queue."""
        return self.event("QueueCallerJoin", **channel(), Queue="support")

    def leaves_queue(self) -> Self:
        """The caller is in the queue no more."""
        return self.event("QueueCallerLeave", **channel(), Queue="support")

    def rings(self, telephone: str, **headers: str) -> Self:
        """A telephone is dialled for the caller."""
        return self.event("DialBegin", **channel(), **channel(telephone, "Dest"), **headers)

    def dial_ends(self, telephone: str, status: str) -> Self:
        """A telephone is dialled no more."""
        return self.event("DialEnd", **channel(), **channel(telephone, "Dest"), DialStatus=status)

    def enters(
        self, telephone: str | None = None, bridge: str = BRIDGE, technology: str = ""
    ) -> Self:
        """A telephone, or the caller, joins a bridge."""
        headers = {"BridgeUniqueid": bridge, "BridgeTechnology": technology or "simple_bridge"}
        return self.event("BridgeEnter", **channel(telephone), **headers)

    def leaves(self, telephone: str | None = None, bridge: str = BRIDGE) -> Self:
        """A telephone, or the caller, leaves a bridge."""
        return self.event("BridgeLeave", **channel(telephone), BridgeUniqueid=bridge)

    def meets(self, telephone: str) -> Self:
        """A telephone and the caller talk."""
        return self.enters(telephone).enters()

    def wants_to_hang_up(self, telephone: str | None = None) -> Self:
        """That side ends it."""
        return self.event("HangupRequest", **channel(telephone))

    def hangs_up(self, telephone: str | None = None) -> Self:
        """The channel is gone."""
        return self.event("Hangup", **channel(telephone))

    def dialplan_says(self, outcome: str) -> Self:
        """Our dialplan says what became of the call."""
        return self.event("UserEvent", UserEvent="CallcenterOutcome", **channel(), Outcome=outcome)

    def is_lost(self) -> Self:
        """The PBX goes out of sight."""
        self.now += 1
        return self.reads(OutOfSight(datetime.fromtimestamp(self.now, UTC), "cut"))

    def is_seen(
        self,
        *channels: Event,
        waiting: bool = False,
        technology: str = "simple_bridge",
        note: Noted | None = None,
        queue_members: tuple[Event, ...] = (),
        devices: tuple[Event, ...] = (),
    ) -> Self:
        """The PBX is in sight again, with these channels up; ``waiting``: in the queue; ``note``:
        its own, of the call's answer; ``queue_members`` and ``devices`` are its rows.
        """
        self.now += 1
        bridges = {row["BridgeId"] for row in channels if row["BridgeId"]}
        return self.reads(
            Snapshot(
                taken_at=datetime.fromtimestamp(self.now, UTC),
                channels=channels,
                bridges=tuple(
                    {"BridgeUniqueid": one, "BridgeTechnology": technology} for one in bridges
                ),
                queue_entries=({"Queue": "support", "Uniqueid": TRUNK, "Wait": "1"},)
                if waiting
                else (),
                queue_members=queue_members,
                devices=devices,
                answers={TRUNK: note} if note else {},
            )
        )


def channel(telephone: str | None = None, prefix: str = "") -> Mapping[str, str]:
    """The channel headers of a telephone, or of the caller."""
    name = f"PJSIP/{telephone or 'trunk'}"
    return {
        f"{prefix}Channel": f"{name}-00000001",
        f"{prefix}Uniqueid": TELEPHONES[name] if telephone else TRUNK,
        f"{prefix}Linkedid": TRUNK,
    }


def row(telephone: str | None = None, *, state: str = "Up", bridge: str = "", **more: str) -> Event:
    """A row of CoreShowChannels."""
    return {
        **channel(telephone),
        "ChannelStateDesc": state,
        "Context": "from-callcenter-telephones" if telephone else "callcenter-support",
        "Exten": "" if telephone else sites.SUPPORT,
        "Application": "",
        "BridgeId": bridge,
        **more,
    }
