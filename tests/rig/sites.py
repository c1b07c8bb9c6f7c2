"""The site that scenarios run on: two lines, one of each kind of ring group, four telephones."""

from dataclasses import replace

from dialplan.site import Line, Mailbox, Pbx, Site, Telephone, Trunk
from tests.rig.net import Net

SUPPORT = "0465711010"  # a queue
NETWORK = "0465711020"  # a plain Dial

EVENTS = (
    "FullyBooted", "Shutdown", "Newchannel", "Rename", "DialBegin", "DialEnd", "Hold", "Unhold",
    "HangupRequest", "SoftHangupRequest", "Hangup", "BridgeCreate", "BridgeEnter", "BridgeLeave",
    "BridgeDestroy", "BridgeMerge", "LocalBridge", "BlindTransfer", "AttendedTransfer", "Pickup",
    "OriginateResponse",
    "QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon", "AgentCalled", "AgentConnect",
    "QueueMemberAdded", "QueueMemberRemoved",
    "QueueMemberPause",
    "DeviceStateChange", "UserEvent",
)  # fmt: skip

TELEPHONES = ("101", "102", "103", "104")


def support(**changes: object) -> Line:
    """The line with a queue that rings 101, 102 and 103."""
    line = Line(
        name="support",
        number="+33465711010",
        extension=SUPPORT,
        queue="support",
        members=("PJSIP/101", "PJSIP/102", "PJSIP/103"),
        mailbox=Mailbox("600", "2580"),
    )
    return replace(line, **changes)


def network(**changes: object) -> Line:
    """The line that dials 101, 102 and 103 together."""
    line = Line(
        name="network",
        number="+33465711020",
        extension=NETWORK,
        ring=("PJSIP/101", "PJSIP/102", "PJSIP/103"),
        mailbox=Mailbox("601", "2580"),
    )
    return replace(line, **changes)


def site(*lines: Line) -> Site:
    """A site of these lines, or of both; the rig puts it on its network."""
    return Site(
        pbx=Pbx(name="main", username="callcenter", secret="fast-green-boat"),
        lines=lines or (support(), network()),
        events=EVENTS,
        telephones=tuple(Telephone(name, contact="sip:0@0.0.0.0:0") for name in TELEPHONES),
    )


def placed(site: Site, net: Net) -> Site:
    """The same site with every address on this network."""
    return replace(
        site,
        pbx=replace(site.pbx, address=net.pbx, permit=(net.everyone, "127.0.0.1/32")),
        trunk=Trunk((net.trunk,)),
        telephones=tuple(
            each
            if each.secret
            else Telephone(each.name, contact=f"sip:{each.name}@{net.telephone(index)}:5060")
            for index, each in enumerate(site.telephones)
        ),
        sip_address=net.pbx,
    )


def with_unregistered(site: Site, name: str) -> Site:
    """The site with one more telephone, that never registers."""
    return replace(site, telephones=(*site.telephones, Telephone(name, secret="pen-and-ink")))
