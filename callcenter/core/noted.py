"""An answered call as the PBX itself noted it, to be held against what is known of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

LOCAL = "Local/"

SUFFIX = re.compile(r"-[0-9a-f]+(;[12])?$")
"""What a channel's name has behind its telephone's."""


@dataclass(frozen=True, slots=True)
class Noted:
    """One answered call in the PBX's own records: its ledger, its queue_log or its CDR.

    What a record does not tell is None. ``answered_at`` is when the telephone was picked up, an
    instant before the two were joined, so that a caller may have gone between: it is a candidate.
    """

    linkedid: str
    line: str
    answered_at: datetime
    channel: str  # the telephone's, "PJSIP/101-0000002a", or a Local member's ";1"; of queue_log
    # the telephone or Local member itself, or what the queue calls it
    caller_raw: str = ""
    started_at: datetime | None = None
    queued_at: datetime | None = None
    ended_at: datetime | None = None


def telephone(channel: str, roster: Mapping[str, str]) -> str:
    """The interface of a channel that answered: ``PJSIP/101`` of ``PJSIP/101-0000002a``.

    A telephone is its own. Of a Local member's half it is the member's own where the roster has
    that. Else it is the one telephone there that is called as the member's extension is, which is
    most often behind it.
    """
    interface = channel if channel in roster else SUFFIX.sub("", channel)
    if not interface.startswith(LOCAL) or interface in roster:
        return interface
    extension = interface.removeprefix(LOCAL).partition("@")[0]
    members = [one for one in roster if one.partition("/n")[0] == interface]
    behind = [one for one in roster if one.partition("/")[2] == extension]
    found = members or behind
    return found[0] if len(found) == 1 else interface


def completed(first: Noted, other: Noted) -> Noted:
    """What ``first`` tells of a call, and where it tells nothing what ``other`` does.

    A channel is better than the name of a queue's member, which is all that queue_log has.
    """
    is_better = _is_channel(other.channel) and not _is_channel(first.channel)
    return replace(
        first,
        channel=other.channel if is_better else first.channel,
        caller_raw=first.caller_raw or other.caller_raw,
        started_at=first.started_at or other.started_at,
        queued_at=first.queued_at or other.queued_at,
        ended_at=first.ended_at or other.ended_at,
    )


def _is_channel(name: str) -> bool:
    return "/" in name and SUFFIX.search(name) is not None
