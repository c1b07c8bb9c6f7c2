"""Each call as Asterisk's own records have it, by one rule for what is told by which of them.

===============================  =====================  =========================================
what                             calls of a queue       calls of a ``Dial``, or of no ring group
===============================  =====================  =========================================
answered, given up, timed out    queue_log              CEL
wait, who answered               queue_log              CEL
the first agent's part           queue_log              CEL
a later agent's part             CEL                    CEL
handed on                        queue_log, or CEL      CEL
out of hours, rejected           -                      CEL
hold within a part               the telephone's log    the telephone's log
line, beginning                  CEL                    CEL
===============================  =====================  =========================================

queue_log has whole seconds. Where those leave it open whether a wait was longer than a limit, CEL
decides; its own times of a queue's calls are kept beside, as ``exact``. Where both tell of the same
thing, they must not contradict each other: what does is in ``doubts``, and is Asterisk's own
difference. One is known: of some attended transfers Asterisk, 16 as 22, writes COMPLETEAGENT. Those
are ``gaps`` of queue_log, and CEL is believed.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.figures.apart.cel import Part, Seen
from tests.figures.apart.holds import Holds
from tests.figures.apart.queue_log import End, Visit

WHOLE_S = 1.0
"""queue_log subtracts two readings of a clock of whole seconds: that is off by less than one."""

LATE_S = 0.5
"""Between two records of the same moment, and between a telephone and Asterisk, on a machine whose
cores are all busy. On an idle one it is some milliseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Of the site: the lines by their extension, and the limits of all of them."""

    lines: Mapping[str, str]
    threshold_s: float
    short_abandon_s: float


@dataclass(frozen=True, slots=True)
class Leg:
    """An agent's part. ``within_s`` is how exact ``talk_s`` is, ``hold_within_s`` its hold."""

    telephone: str
    talk_s: float
    hold_s: float
    within_s: float
    hold_within_s: float
    exact_talk_s: float  # by CEL


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """``outcome`` is ``answered``, ``abandoned``, ``short_abandon``, ``overflow``, ``closed`` or
    ``rejected``; ``wait_s`` None: no ring group was asked."""

    linkedid: str
    number: str
    line: str
    started_at: float  # epoch
    outcome: str
    wait_s: float | None = None
    wait_within_s: float = LATE_S
    exact_wait_s: float | None = None  # by CEL
    is_in_time: bool = False
    legs: tuple[Leg, ...] = ()
    was_handed_on: bool = False
    reached_mailbox: bool = False
    doubts: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()


def joined(
    visits: Mapping[str, list[Visit]], seen: Mapping[str, Seen], holds: Holds, rules: Rules
) -> dict[str, Call]:
    """Every call from the trunk. Raises ValueError where a call is not over, or has no line."""
    return {
        one.linkedid: _call(one, visits.get(one.linkedid), holds, rules) for one in seen.values()
    }


def _call(seen: Seen, visits: list[Visit] | None, holds: Holds, rules: Rules) -> Call:
    if seen.ended_at is None:
        raise ValueError(f"{seen.linkedid} is not over")
    visit = visits[0] if visits else None
    exact_s = _exact_wait_s(seen)
    outcome, wait_s = _queued(visit) if visit else _unqueued(seen, exact_s)
    if outcome == "abandoned" and _is_within(
        rules.short_abandon_s, wait_s, exact_s or seen.ended_at - seen.started_at, strictly=True
    ):
        outcome = "short_abandon"
    is_answered = outcome == "answered"
    return Call(
        linkedid=seen.linkedid,
        number=seen.number,
        line=rules.lines[seen.extension],
        started_at=seen.started_at,
        outcome=outcome,
        wait_s=wait_s,
        wait_within_s=LATE_S + (WHOLE_S if visit else 0),
        exact_wait_s=exact_s,
        is_in_time=is_answered and _is_within(rules.threshold_s, wait_s, exact_s),
        legs=tuple(_legs(seen, visit, holds)) if is_answered else (),
        was_handed_on=seen.transfers > 0 or (visit is not None and visit.was_handed_on),
        reached_mailbox="VoiceMail" in seen.applications,
        doubts=tuple(_doubts(seen, visit, exact_s)) if visit else (),
        gaps=tuple(_gaps(seen, visit)) if visit else (),
    )


def _exact_wait_s(seen: Seen) -> float | None:
    """By CEL: from when the ring group was asked to the answer, or until that was over.

    A busy PBX takes its time until the channel of who gave up is gone, too.
    """
    until = seen.answered_at or seen.asked_until
    return None if seen.asked_at is None or until is None else until - seen.asked_at


def _queued(visit: Visit) -> tuple[str, float | None]:
    match visit.end:
        case End.CONNECTED:
            return "answered", visit.waited_s
        case End.GAVE_UP:
            return "abandoned", visit.waited_s
        case End.TIMED_OUT | End.EMPTIED:
            return "overflow", visit.waited_s
    raise ValueError(f"queue_log: who entered {visit.queue} at {visit.entered_at} never left it")


def _unqueued(seen: Seen, exact_s: float | None) -> tuple[str, float | None]:
    """Of a plain Dial, or of a caller for whom nothing rang."""
    if seen.asked_at is not None:
        if seen.parts:
            return "answered", exact_s
        went_on = seen.applications[-1] != "Dial"
        return ("overflow" if went_on else "abandoned"), exact_s
    if seen.applications[-1:] == ["Read"] or not seen.applications:
        return "abandoned", None
    return ("rejected" if "Read" in seen.applications else "closed"), None


def _is_within(
    limit_s: float, wait_s: float | None, exact_s: float | None, *, strictly: bool = False
) -> bool:
    """Whether the wait is up to the limit: by CEL where whole seconds do not tell."""
    if wait_s is None or abs(wait_s - limit_s) <= WHOLE_S:
        wait_s = exact_s
    if wait_s is None:
        return False
    return wait_s < limit_s if strictly else wait_s <= limit_s


def _legs(seen: Seen, visit: Visit | None, holds: Holds) -> list[Leg]:
    """Each part with the holds in it; of the first, queue_log tells who and how long."""
    parts = sorted(seen.parts, key=lambda part: part.begun_at)
    if not parts:
        raise ValueError(f"{seen.linkedid}: queue_log has an answer, and CEL nobody who talked")
    told = [(part.telephone, _exact(part), LATE_S) for part in parts]
    if visit is not None and visit.agent is not None and visit.talked_s is not None:
        told[:1] = [(visit.agent, visit.talked_s, WHOLE_S + LATE_S)]
    found = []
    for part, (telephone, lasted_s, within_s) in zip(parts, told, strict=True):
        count, hold_s = holds.get((telephone, seen.number), (0, 0.0))
        late_s = LATE_S * count
        found.append(
            Leg(
                telephone=telephone,
                talk_s=max(0.0, lasted_s - hold_s),
                hold_s=hold_s,
                within_s=within_s + late_s,
                hold_within_s=late_s,
                exact_talk_s=max(0.0, _exact(part) - hold_s),
            )
        )
    return found


def _exact(part: Part) -> float:
    if part.lasted_s is None:
        raise ValueError(f"CEL: {part.telephone} never hung up")
    return part.lasted_s


def _doubts(seen: Seen, visit: Visit, exact_s: float | None) -> list[str]:
    """Where CEL contradicts queue_log."""
    found = []
    if (visit.end is End.CONNECTED) != bool(seen.parts):
        found.append(f"queue_log: {visit.end}; CEL: {seen.parts}")
    if visit.end in {End.CONNECTED, End.GAVE_UP} and not _is_near(visit.waited_s, exact_s):
        found.append(f"waited {visit.waited_s} s by queue_log, {exact_s} s by CEL")
    if visit.end is End.CONNECTED and seen.parts:
        found += _doubts_of_part(visit, min(seen.parts, key=lambda part: part.begun_at))
    if visit.was_handed_on and not seen.transfers:
        found.append("handed on by queue_log, and not by CEL")
    return found


def _gaps(seen: Seen, visit: Visit) -> list[str]:
    """What queue_log does not tell, and CEL does."""
    is_one = seen.transfers > 0 and not visit.was_handed_on
    return ["the transfer"] if is_one else []


def _doubts_of_part(visit: Visit, part: Part) -> list[str]:
    found = []
    if visit.agent != part.telephone:
        found.append(f"answered by {visit.agent} by queue_log, {part.telephone} by CEL")
    if not _is_near(visit.talked_s, part.lasted_s):
        found.append(f"talked {visit.talked_s} s by queue_log, {part.lasted_s} s by CEL")
    return found


def _is_near(whole_s: int | None, exact_s: float | None) -> bool:
    """Whether the two can be the same time."""
    if whole_s is None or exact_s is None:
        return False
    return abs(whole_s - exact_s) <= WHOLE_S + LATE_S
