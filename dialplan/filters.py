"""Event filters of the manager account: events are cut at the source, by name.

Asterisk 22.1 (and 18.26, 20.11, 21.6) compare names; before, a filter is a POSIX extended regular
expression over the whole event. A major version cannot say more, so 22 gets names and all older
ones the expression, which the newer ones still accept.
"""

from collections.abc import Iterable

FIRST_WITH_NAMES = 22


def event_filters(events: Iterable[str], version: int) -> tuple[str, ...]:
    """The ``eventfilter`` lines that let these events through, and no other."""
    if version >= FIRST_WITH_NAMES:
        return tuple(f"eventfilter(action(include),name({event})) =" for event in events)
    # An event begins with its name and ends that line with CR LF, which [[:space:]] meets:
    # without it Hangup would let HangupRequest through. ^ is the event's first byte only, so no
    # header value can pretend to be a name.
    return (f"eventfilter = ^Event: ({'|'.join(events)})[[:space:]]",)
