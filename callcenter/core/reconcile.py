"""What the PBX recorded, what we know, what is owed, and what the desks hold: every difference.

A call that is in progress, and a debt younger than GRACE, are no differences: they are on their
way. Nor is a candidate that was none: a caller who hung up in the instant before the two were
joined, as far as everything around it was seen.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from callcenter.core import backfill
from callcenter.core.call import Call, CallState, call_id
from callcenter.core.differences import Difference, Kind, Report
from callcenter.core.evidence import Debt, Evidence, Gap, Records, Removed
from callcenter.core.noted import Noted, completed
from callcenter.core.obligation import ObligationState

GRACE = timedelta(seconds=60)
"""What is on its way is no difference for so long."""

SAME_ANSWER = timedelta(seconds=2)
"""Records have whole seconds, and see an answer from the other side."""


def reconcile(evidence: Evidence) -> Report:
    """Compare everything with everything."""
    found = [
        *_of_records(evidence),
        *_of_calls(evidence),
        *_of_desks(evidence),
        *_of_removed(evidence.removed),
        *_of_gaps(evidence.gaps),
    ]
    return Report(_counts(evidence), sorted(_told_once(found), key=_place))


def join(records: Iterable[Records]) -> dict[tuple[str, str], Noted]:
    """One note a call, by PBX and Linkedid: each source adds what those before it do not tell."""
    joined: dict[tuple[str, str], Noted] = {}
    for source in records:
        for linkedid, note in source.notes.items():
            key = (source.pbx, linkedid)
            joined[key] = completed(joined[key], note) if key in joined else note
    return joined


def _of_records(evidence: Evidence) -> Iterator[Difference]:
    for source in evidence.records:
        if source.problem is not None:
            detail = f"{source.source}: {source.problem}"
            yield Difference(Kind.UNREAD, pbx=source.pbx, detail=detail)
    joined = join(evidence.records)
    unknown = [
        one
        for (pbx, _), note in joined.items()
        if _is_late(note.ended_at or note.answered_at, evidence.now)
        and evidence.since <= note.answered_at < evidence.until
        for one in _of_note(evidence, pbx, note)
    ]
    unrecorded = [
        one
        for call in _answered(evidence)
        if (call.pbx, call.linkedid) not in joined and (call.pbx, call.channel) not in joined
        for one in _of_unrecorded(evidence, call)
    ]
    yield from _unpaired(unknown, unrecorded)


def _unpaired(
    unknown: Iterable[Difference], unrecorded: Sequence[Difference]
) -> Iterator[Difference]:
    """Without those that are one call under two ids: queue_log has that of a Local channel, where
    one waited for the caller.
    """
    left = list(unrecorded)
    for one in unknown:
        same = next((other for other in left if _is_same_answer(one, other)), None)
        if same is None:
            yield one
        else:
            left.remove(same)
    yield from left


def _is_same_answer(one: Difference, other: Difference) -> bool:
    if one.kind is not Kind.CALL_MISSING or one.at is None or other.at is None:
        return False
    is_there = (one.pbx, one.line) == (other.pbx, other.line)
    return is_there and abs(one.at - other.at) <= SAME_ANSWER


def _of_note(evidence: Evidence, pbx: str, note: Noted) -> Iterator[Difference]:
    id_ = call_id(pbx, note.linkedid)
    known, unseen = evidence.calls.get(id_), evidence.unseen.get(pbx, ())
    if known is not None and (known.answered_at is not None or known.imported):
        return
    if backfill.settle(pbx, note, known, unseen=unseen, roster={}) is not None:
        kind = Kind.CALL_MISSING if known is None else Kind.NOT_ANSWERED
        yield Difference(kind, note.answered_at, pbx, note.line, id_, detail=note.channel)


def _of_unrecorded(evidence: Evidence, call: Call) -> Iterator[Difference]:
    is_over = call.state is CallState.ENDED and (call.ended_at or evidence.now) < (
        evidence.now - GRACE
    )
    telling = [
        source.source
        for source in evidence.records
        if source.pbx == call.pbx
        and call.line in source.lines
        and source.since is not None
        and source.since < call.started_at
    ]
    if is_over and telling:
        detail = ", ".join(telling)
        yield _of_call(Kind.NOT_RECORDED, call, detail=detail)


def _of_calls(evidence: Evidence) -> Iterator[Difference]:
    for call in _answered(evidence):
        debt = evidence.debts.get(call.id)
        if debt is None:
            yield _of_call(Kind.NO_OBLIGATION, call)
        elif debt.state is ObligationState.OPEN and _is_late(call.answered_at, evidence.now):
            yield _of_call(Kind.OBLIGATION_OPEN, call, detail=debt.words or "")


def _of_desks(evidence: Evidence) -> Iterator[Difference]:
    for holding in evidence.holdings:
        if holding.problem is not None:
            yield Difference(Kind.DESK_UNASKED, detail=f"{holding.desk}: {holding.problem}")
            continue
        for id_ in sorted(holding.asked):
            call, debt = evidence.calls.get(id_), evidence.debts.get(id_)
            if call is not None and debt is not None:
                yield from _of_ticket(call, debt, holding.numbers.get(id_, ()), evidence.now)


def _of_ticket(
    call: Call, debt: Debt, numbers: Sequence[str], now: datetime
) -> Iterator[Difference]:
    if len(numbers) > 1:
        detail = ", ".join(numbers)
        yield _of_call(Kind.TICKET_DOUBLED, call, debt.ticket_number, detail)
    is_paid = debt.state in {ObligationState.TICKETED, ObligationState.QUALIFIED}
    if not is_paid or debt.ticket_number in numbers or not _is_late(debt.ticketed_at, now):
        return
    if numbers:
        yield _of_call(Kind.TICKET_RENUMBERED, call, debt.ticket_number, numbers[0])
    else:
        yield _of_call(Kind.TICKET_GONE, call, debt.ticket_number, debt.desk)


def _of_removed(removed: Iterable[Removed]) -> Iterator[Difference]:
    by_call: dict[str, Removed] = {}
    for one in removed:
        other = by_call.get(one.call_id, one)
        by_call[one.call_id] = Removed(
            one.call_id,
            other.at or one.at,
            other.line or one.line,
            other.ticket_number or one.ticket_number,
        )
    for one in by_call.values():
        yield Difference(
            Kind.CALL_REMOVED,
            one.at,
            line=one.line,
            call_id=one.call_id,
            ticket_number=one.ticket_number,
        )


def _of_gaps(gaps: Iterable[Gap]) -> Iterator[Difference]:
    for gap in gaps:
        ended_at = gap.unseen.ended_at
        until = f"until {ended_at.isoformat(timespec='seconds')}" if ended_at else "until now"
        detail = f"{until}: {gap.reason}" if gap.reason else until
        yield Difference(Kind.TIMES_OPEN, gap.unseen.began_at, gap.pbx, detail=detail)


def _of_call(
    kind: Kind, call: Call, ticket_number: str | None = None, detail: str = ""
) -> Difference:
    return Difference(kind, call.answered_at, call.pbx, call.line, call.id, ticket_number, detail)


def _answered(evidence: Evidence) -> Iterator[Call]:
    for call in evidence.calls.values():
        at = call.answered_at
        if call.imported:
            continue  # it owes nothing
        if at is not None and evidence.since <= at < evidence.until:
            yield call


def _is_late(at: datetime | None, now: datetime) -> bool:
    return at is not None and at < now - GRACE


def _told_once(found: Iterable[Difference]) -> list[Difference]:
    """Of a call that was removed the PBX's records may tell too: that it is missing is the same."""
    every = list(found)
    removed = {one.call_id for one in every if one.kind is Kind.CALL_REMOVED}
    missing = {one.call_id: one for one in every if one.kind is Kind.CALL_MISSING}
    return [
        _with(one, missing.get(one.call_id))
        for one in every
        if one.kind is not Kind.CALL_MISSING or one.call_id not in removed
    ]


def _with(one: Difference, other: Difference | None) -> Difference:
    if other is None or one.kind is not Kind.CALL_REMOVED:
        return one
    return replace(
        one, at=other.at, pbx=other.pbx, line=one.line or other.line, detail=other.detail
    )


def _place(one: Difference) -> tuple[bool, float, str, str]:
    at = one.at.timestamp() if one.at else 0.0
    return one.at is not None, at, one.kind, one.call_id or one.detail


def _counts(evidence: Evidence) -> dict[str, int]:
    """What was compared: ``records.main.cdr``, ``calls``, ``obligations.open``, ``desk.house``."""
    answered = list(_answered(evidence))
    debts = [evidence.debts[call.id] for call in answered if call.id in evidence.debts]
    counts = Counter({"calls": len(answered), "obligations": len(debts)})
    for source in evidence.records:
        if source.problem is None:
            times = (note.answered_at for note in source.notes.values())
            in_span = sum(evidence.since <= at < evidence.until for at in times)
            counts[f"records.{source.pbx}.{source.source}"] = in_span
    for debt in debts:
        counts[f"obligations.{debt.state.value}"] += 1
    for holding in evidence.holdings:
        if holding.problem is None:
            counts[f"desk.{holding.desk}"] = sum(map(len, holding.numbers.values()))
    return dict(counts)
