"""Which events are kept."""

WANTED = (
    *("FullyBooted", "Shutdown", "Newchannel", "Rename", "DialBegin", "DialEnd", "Hold", "Unhold"),
    *("HangupRequest", "SoftHangupRequest", "Hangup", "BridgeCreate", "BridgeEnter"),
    *("BridgeLeave", "BridgeDestroy", "BridgeMerge", "LocalBridge", "BlindTransfer"),
    *("AttendedTransfer", "Pickup", "QueueCallerJoin", "QueueCallerLeave", "QueueCallerAbandon"),
    *("AgentCalled", "AgentConnect", "QueueMemberAdded", "QueueMemberRemoved", "UserEvent"),
)
"""What the tracker follows calls by."""

EIGHT = (
    *("Newchannel", "DialBegin", "DialEnd", "BridgeEnter", "BridgeLeave", "Hangup"),
    *("QueueCallerJoin", "AgentConnect"),
)
"""A small set, as other clients are often given."""
