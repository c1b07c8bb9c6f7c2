"""What a monitoring system sent, and why it cannot be understood."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from callcenter.core.alert import Alert
from callcenter.errors import CallcenterError


class PayloadError(CallcenterError):
    """The body is not what this kind of sender sends; the message says what to set up there."""

    code = "alert_malformed"


@dataclass(frozen=True, slots=True)
class Payload:
    """The alerts of one body. None at all: somebody pressed a button to try the connection.

    ``cut`` is how many more there were, which the sender left out.
    """

    alerts: Sequence[Alert]
    cut: int = 0


Parse = Callable[[bytes], Payload]
"""Raises PayloadError, and nothing else, whatever the bytes are. The same bytes say the same."""


def text_of(body: bytes) -> str:
    """The body as text: senders of old systems name no character set, and have their own."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return body.decode("cp1252", errors="replace")
