"""Calls that were answered while nobody looked, made whole from what the PBX noted of them.

=========================  ==============================================================
what is known of the call  what its note makes of it
=========================  ==============================================================
nothing                    the whole call: where nothing else is known, a note counts
it goes on                 nothing yet: its end will be seen, or noted
imported                   it owes nothing, until the ledger says that it is owed:
                           then it is one of ours, as it is known
over, answered             nothing; only its end, where that was neither seen nor noted
over, nobody answered      answered as noted, if its answer or its end was out of sight;
                           else the caller hung up in the instant before the two were
                           joined, and that is not an answer
=========================  ==============================================================

Who else talked, and for how long, no note tells: the agent who answered has all of the talk.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from callcenter.core import headers
from callcenter.core.call import Call, CallState, Leg, Outcome
from callcenter.core.facts import CallChanged, Change
from callcenter.core.noted import Noted, telephone

CLOCKS_APART = timedelta(seconds=10)
"""A note has the PBX's time and an interval has ours: what is so close to one may be inside."""

BIRTH = timedelta(seconds=1)
"""A Uniqueid tells when its channel was made to the second."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A time in which a PBX was out of sight; ``ended_at`` None: it still is."""

    began_at: datetime
    ended_at: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether that may have been in it."""
        begins_before = self.began_at - CLOCKS_APART <= at
        return begins_before and (self.ended_at is None or at <= self.ended_at + CLOCKS_APART)


def settle(
    pbx: str,
    noted: Noted,
    known: Call | None,
    *,
    unseen: Iterable[Unseen],
    roster: Mapping[str, str],
) -> Call | None:
    """The call as it is to be recorded; None where there is nothing to do, or not yet.

    ``unseen`` are the times out of sight around the note; ``roster`` has logins by interface.
    """
    if known is None:
        return _made(pbx, noted, roster)
    if known.state is not CallState.ENDED:
        return None
    if known.imported:
        return replace(
            known if known.answered_at else _answered(known, noted, roster), imported=False
        )
    if known.answered_at is not None:
        return _ended(known, noted)
    was_seen = known.end_seen and not any(one.holds(noted.answered_at) for one in unseen)
    return None if was_seen else _answered(known, noted, roster)


def facts(call: Call, known: Call | None) -> list[CallChanged]:
    """What is to be told of a call that was settled, in order, each at the moment it happened.

    A call that was known to be over is not over once more.
    """
    ended_at = call.ended_at or call.started_at
    if known is not None and known.answered_at is not None and not known.imported:
        return [CallChanged(Change.UPDATED, ended_at, call)]
    answered = CallChanged(Change.ANSWERED, call.answered_at or ended_at, call)
    if known is not None:
        return [answered, CallChanged(Change.UPDATED, ended_at, call)]
    started = CallChanged(Change.STARTED, call.started_at, call)
    return [started, answered, CallChanged(Change.ENDED, ended_at, call)]


def _made(pbx: str, noted: Noted, roster: Mapping[str, str]) -> Call:
    noted_at = noted.started_at or noted.queued_at or noted.answered_at
    started_at = began_at(noted.linkedid, noted_at)
    call = Call(
        pbx=pbx,
        linkedid=noted.linkedid,
        channel=noted.linkedid,
        line=noted.line,
        caller_raw=noted.caller_raw,
        caller_name="",
        state=CallState.ENDED,
        started_at=started_at,
        # Of a call whose end nobody noted no talk is made up.
        ended_at=noted.ended_at or noted.answered_at,
        end_seen=noted.ended_at is not None,
    )
    return _answered(call, noted, roster)


def began_at(linkedid: str, noted_at: datetime) -> datetime:
    """When the caller's channel was made: as the line has it, unless it took the call later."""
    born_at = headers.born(linkedid, noted_at)
    return noted_at if noted_at - born_at < BIRTH else born_at


def _answered(call: Call, noted: Noted, roster: Mapping[str, str]) -> Call:
    answered_at = max(noted.answered_at, call.started_at)
    if not call.end_seen and noted.ended_at is not None:
        call = replace(call, ended_at=noted.ended_at, end_seen=True)
    ended_at = max(call.ended_at or answered_at, answered_at)
    queued_at = call.queued_at or noted.queued_at or answered_at
    queued_at = min(max(queued_at, call.started_at), answered_at)
    interface = telephone(noted.channel, roster)
    answering = Leg(roster.get(interface), interface, queued_at)
    before = list(call.legs)
    rang = next((leg for leg in before if _is_same(leg, answering)), None)
    leg = replace(rang or answering, answered_at=answered_at, ended_at=ended_at)
    leg = replace(leg, offered_at=min(leg.offered_at, answered_at))
    place = before.index(rang) if rang is not None else len(before)
    return replace(
        call,
        outcome=Outcome.ANSWERED,
        queued_at=queued_at,
        answered_at=answered_at,
        ended_at=ended_at,
        legs=(*before[:place], leg, *before[place + 1 :]),
    )


def _is_same(leg: Leg, other: Leg) -> bool:
    is_his = other.agent is not None and leg.agent == other.agent
    return leg.interface == other.interface or is_his


def _ended(known: Call, noted: Noted) -> Call | None:
    """The same call with its true end, where it had only the moment when that was missed."""
    if known.end_seen or noted.ended_at is None or known.ended_at is None:
        return None
    ended_at = max([noted.ended_at, *(leg.answered_at or leg.offered_at for leg in known.legs)])
    legs = tuple(
        replace(leg, ended_at=ended_at) if leg.ended_at == known.ended_at else leg
        for leg in known.legs
    )
    return replace(known, ended_at=ended_at, end_seen=True, legs=legs)
