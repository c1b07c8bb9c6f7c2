"""The AMI events that are kept; a rendered manager account lets no others through."""

EVENTS = (
    "FullyBooted",
    "Shutdown",
    "Newchannel",
    "Rename",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "AgentCalled",
    "AgentConnect",
    "Pickup",
    "DialBegin",
    "DialEnd",
    "BridgeEnter",
    "BridgeLeave",
    "BridgeDestroy",
    "Hold",
    "Unhold",
    "BlindTransfer",
    "AttendedTransfer",
    "HangupRequest",
    "Hangup",
    "QueueMemberAdded",
    "QueueMemberRemoved",
    "UserEvent",
)
"""Those that call tracking and the AMI edge make something of."""
