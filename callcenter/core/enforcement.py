"""Enforcement: who is kept from calls until a ticket is written.

A debt bites on a line that blocks: with the answer, or a grace after the hang-up. Whoever owes more
than is allowed is left out of every line that blocks, with all of their telephones, wherever they
sit by now; a debt of nobody's leaves out the telephone that answered. A supervisor's release lets
debts go: those are not given here.

The last one whom a line could still ring is never left out. Whoever is blocked longest stays
blocked; of all of them the one who is blocked for the shortest time is spared, until somebody else
can be reached. Pauses of the agents' own are no business of enforcement, except that who takes one
is not there to be rung.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from callcenter.core.floor import TelephoneState

TICKET = "ticket"
"""The reason of a pause that enforcement makes, as the PBX has it."""

Holder: TypeAlias = int | str
"""An agent's id; or a telephone that nobody has, which is on its own."""


class Mode(StrEnum):
    """What a line does about tickets that say nothing yet."""

    OFF = "off"
    REMIND = "remind"
    BLOCK = "block"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a line demands. ``grace`` begins with the hang-up, and is for ``from_hangup`` alone.

    ``allowed`` is how many unwritten tickets bite not yet. None: never escalated, never stubbed.
    """

    mode: Mode = Mode.BLOCK
    from_hangup: bool = False
    grace: timedelta = timedelta()
    allowed: int = 0
    escalate_after: timedelta | None = None
    stub_after: timedelta | None = None

    @property
    def is_on(self) -> bool:
        """Whether anything is done at all."""
        return self.mode is not Mode.OFF


OFF = Policy(mode=Mode.OFF)


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """An answered call whose ticket says nothing yet.

    ``interface`` is the telephone that answered, ``ended_at`` when its own part was over: who
    handed the caller on has a ticket to write while others talk on.
    """

    call_id: str
    line: str
    agent_id: int | None
    interface: str
    answered_at: datetime
    ended_at: datetime | None = None
    is_escalated: bool = False
    is_stubbed: bool = False

    @property
    def holder(self) -> Holder:
        """Who owes it."""
        return self.interface if self.agent_id is None else self.agent_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """Who could be rung: telephones by line, whose they are, their states as far as they are heard
    of, and who takes a pause of their own.
    """

    policies: Mapping[str, Policy]
    ring_groups: Mapping[str, Collection[str]]
    holders: Mapping[str, int] = field(default_factory=dict)
    telephones: Mapping[str, TelephoneState] = field(default_factory=dict)
    resting: Collection[Holder] = ()

    def holder(self, interface: str) -> Holder:
        """Whose telephone that is."""
        return self.holders.get(interface, interface)

    def policy(self, line: str) -> Policy:
        """What the line demands: nothing, of one that is in the configuration no more."""
        return self.policies.get(line, OFF)


@dataclass(frozen=True, slots=True)
class Block:
    """A telephone that must not ring for a line. ``agent_id`` None: nobody has it."""

    line: str
    interface: str
    agent_id: int | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be so now: blocks by line and telephone; calls to escalate and to stub.

    ``look_again_at`` is when something becomes due by itself; None: nothing does.
    """

    blocks: tuple[Block, ...]
    overdue: tuple[Debt, ...]
    stubs: tuple[Debt, ...]
    look_again_at: datetime | None


def decide(floor: Floor, debts: Iterable[Debt], now: datetime) -> Verdict:
    """Decide about everybody at once. The order of the debts makes no difference."""
    debts = sorted(debts, key=lambda debt: (debt.answered_at, debt.call_id))
    bites = _bites(floor, debts, now)
    blocks = [
        block
        for line in sorted(floor.ring_groups)
        if floor.policy(line).mode is Mode.BLOCK
        for block in _of_line(floor, line, bites)
    ]
    dues = [_dues(floor.policy(debt.line), debt) for debt in debts]
    pairs = list(zip(debts, dues, strict=True))
    later = [
        moment for due in dues for moment in (due.bites_at, due.escalate_at, due.stub_at) if moment
    ]
    return Verdict(
        blocks=tuple(blocks),
        overdue=tuple(debt for debt, due in pairs if _is_now(due.escalate_at, now)),
        stubs=tuple(debt for debt, due in pairs if _is_now(due.stub_at, now)),
        look_again_at=min((moment for moment in later if moment > now), default=None),
    )


def owing(floor: Floor, debts: Iterable[Debt]) -> frozenset[int]:
    """The agents who have a conversation behind them, and its ticket before them."""
    return frozenset(
        debt.agent_id
        for debt in debts
        if debt.agent_id is not None and debt.ended_at is not None and floor.policy(debt.line).is_on
    )


@dataclass(frozen=True, slots=True)
class _Dues:
    """When each thing becomes due about a debt; None: it does not, or is done."""

    bites_at: datetime | None
    escalate_at: datetime | None
    stub_at: datetime | None


def _dues(policy: Policy, debt: Debt) -> _Dues:
    if debt.ended_at is None or not policy.is_on:
        return _Dues(None, None, None)
    waits = policy.mode is Mode.BLOCK and policy.from_hangup and policy.grace
    escalate, stub = policy.escalate_after, policy.stub_after
    return _Dues(
        debt.ended_at + policy.grace if waits else None,
        debt.ended_at + escalate if escalate is not None and not debt.is_escalated else None,
        debt.ended_at + stub if stub is not None and not debt.is_stubbed else None,
    )


def _is_now(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def _bites(
    floor: Floor, debts: Iterable[Debt], now: datetime
) -> Mapping[Holder, tuple[datetime, ...]]:
    """Since when each one's debts bite, the oldest first."""
    found: defaultdict[Holder, list[datetime]] = defaultdict(list)
    for debt in debts:
        since = _biting_since(floor.policy(debt.line), debt, now)
        if since is not None:
            found[debt.holder].append(since)
    return {holder: tuple(sorted(moments)) for holder, moments in found.items()}


def _biting_since(policy: Policy, debt: Debt, now: datetime) -> datetime | None:
    """The times are the PBX's: where nothing is waited for, they are not compared with ours."""
    if policy.mode is not Mode.BLOCK:
        return None
    if not policy.from_hangup:
        return debt.answered_at
    if debt.ended_at is None or (policy.grace and debt.ended_at + policy.grace > now):
        return None
    return debt.ended_at + policy.grace


def _of_line(floor: Floor, line: str, bites: Mapping[Holder, tuple[datetime, ...]]) -> list[Block]:
    allowed, since = floor.policy(line).allowed, {}
    for interface in sorted(floor.ring_groups[line]):
        each = (bites.get(one, ()) for one in {interface, floor.holder(interface)})
        over = [moments[allowed] for moments in each if len(moments) > allowed]
        if over:
            since[interface] = min(over)
    spared = _spared(floor, line, since)
    return [
        Block(line, interface, floor.holders.get(interface), moment)
        for interface, moment in since.items()
        if floor.holder(interface) != spared
    ]


def _spared(floor: Floor, line: str, since: Mapping[str, datetime]) -> Holder | None:
    """Whom the line would still have to ring if all of these were left out; None: there are
    others, or nobody at all.

    A telephone that nothing was heard of does not count as one of the others, but may be the last.
    """
    there = [one for one in floor.ring_groups[line] if floor.holder(one) not in floor.resting]
    reached = [
        one
        for one in there
        if floor.telephones.get(one, TelephoneState.UNREACHABLE) is not TelephoneState.UNREACHABLE
    ]
    if any(one not in since for one in reached):
        return None
    last = reached or [one for one in there if one not in floor.telephones and one in since]
    blocked = [(since[one], str(floor.holder(one)), floor.holder(one)) for one in last]
    return max(blocked)[2] if blocked else None
