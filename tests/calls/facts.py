"""Invented facts, as call tracking gives them: the story of a call, told once a second."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from callcenter.core.call import Call, CallState, Leg, Outcome
from callcenter.core.facts import CallChanged, Change

START = datetime(2026, 11, 23, 9, tzinfo=UTC)
CALLER = "0639981122"
TALK_S = 60


def second(after: float) -> datetime:
    return START + timedelta(seconds=after)


def started(
    number: int = 1,
    *,
    line: str = "support",
    caller: str = CALLER,
    name: str = "",
    pbx: str = "main",
    at: float = 0,
) -> Call:
    """A call that has just come in."""
    linkedid = f"1795421524.{number}"
    return Call(
        pbx=pbx,
        linkedid=linkedid,
        channel=linkedid,
        line=line,
        caller_raw=caller,
        caller_name=name,
        state=CallState.WAITING,
        started_at=second(at),
    )


def ringing(call: Call, *agents: str | None) -> Call:
    """It rings one second after it came in; the first telephone is PJSIP/101."""
    offered = call.started_at + timedelta(seconds=1)
    legs = [Leg(agent, f"PJSIP/{101 + place}", offered) for place, agent in enumerate(agents)]
    return replace(call, state=CallState.RINGING, queued_at=offered, legs=tuple(legs))


def answered(call: Call) -> Call:
    """The first telephone answers, three seconds later."""
    at = call.started_at + timedelta(seconds=4)
    first, *others = call.legs
    legs = (replace(first, answered_at=at), *(replace(other, ended_at=at) for other in others))
    return replace(call, state=CallState.TALKING, answered_at=at, legs=legs)


def ended(call: Call) -> Call:
    """Everybody hangs up: after the talk, or at once."""
    at = (call.answered_at or call.started_at) + timedelta(seconds=TALK_S)
    legs = tuple(replace(leg, ended_at=leg.ended_at or at) for leg in call.legs)
    outcome = Outcome.ANSWERED if call.answered_at else Outcome.ABANDONED
    return replace(call, state=CallState.ENDED, ended_at=at, outcome=outcome, legs=legs)


def said(change: Change, call: Call, at: datetime | None = None) -> CallChanged:
    return CallChanged(change, at or call.ended_at or call.answered_at or call.started_at, call)


def story(call: Call, *agents: str | None) -> list[CallChanged]:
    """What is said of an answered call, from its first event to its last."""
    rings = ringing(call, *agents)
    talks = answered(rings)
    over = ended(talks)
    return [
        said(Change.STARTED, call),
        said(Change.RINGING, rings, rings.queued_at),
        *(said(Change.OFFERED, rings, rings.queued_at) for _ in agents),
        said(Change.ANSWERED, talks),
        said(Change.UPDATED, replace(over, state=CallState.TALKING, outcome=None), over.ended_at),
        said(Change.ENDED, over),
    ]


def abandoned(call: Call, *agents: str | None) -> list[CallChanged]:
    """What is said of a call that nobody took."""
    rings = ringing(call, *agents)
    over = ended(rings)
    return [
        said(Change.STARTED, call),
        said(Change.RINGING, rings, rings.queued_at),
        said(Change.MISSED, over),
        said(Change.ENDED, over),
    ]


def interleaved(stories: Iterable[list[CallChanged]]) -> list[CallChanged]:
    """What is said of several calls, in the order of its time."""
    return sorted((fact for one in stories for fact in one), key=lambda fact: fact.at)
