"""What one side does in a call, step by step."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Talk:
    """Talk for so many seconds; None: until the other side hangs up."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """Put the other side on hold (re-INVITE, sendonly) for so many seconds, and take it back."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Press:
    """Press keys one after another, sent as SIP INFO."""

    keys: str


@dataclass(frozen=True, slots=True)
class Refer:
    """Transfer blindly with the telephone's own transfer key: SIP REFER to an extension."""

    extension: str


@dataclass(frozen=True, slots=True)
class ReferWith:
    """Transfer attended: REFER with Replaces, told by the rig which consultation to replace."""

    extension: str


@dataclass(frozen=True, slots=True)
class Note:
    """Write a line into SIPp's log, where the process keeps one."""

    message: str


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up."""


Step = Talk | Hold | Press | Refer | ReferWith | Note | HangUp
