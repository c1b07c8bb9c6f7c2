"""Steering a PBX: whoever must not ring does not, and whoever may does.

What is wanted is in the database, whoever decided it, and what the PBX has is what it said: so
nothing is remembered that a crash could lose. Each difference is one action, tried once; what the
PBX refuses is told about once, and asked again with the next snapshot.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from callcenter.ami.action import Reply
from callcenter.ami.errors import AmiError
from callcenter.core.facts import Fact, MemberChanged
from callcenter.core.floor import Member
from callcenter.core.line import Lines
from callcenter.core.steering import MemberPause, Place, member_pauses, notes
from callcenter.db import floor
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from dialplan import left_out

log = structlog.get_logger(__name__)

POLL_S = 1.0
"""How late what another instance decided is done here."""

GAP_S = 0.02
"""Between two looks, so that a storm of events costs no more than that."""

FAULT_PAUSE_S = 2.0

MAY_NOT = "Permission denied"
"""How Asterisk's words begin for an account without the right (``manager.c``)."""

UNSTEERED: Final = (
    "the account in manager.conf needs write=reporting,system,agent: until then telephones ring "
    "whatever their agents owe; render the dialplan again, or add the rights"
)

NEEDED: Final = {"QueueStatus": "QueuePause", "DBGet": "DBPut"}
"""What is needed, by an action of the same module that any account may do which sees the PBX."""


def may_not(listed: Collection[str]) -> list[str]:
    """What an account may not that is needed here, by the actions that ListCommands gives it.

    What belongs to a module that is not loaded is not missed.
    """
    return [wanted for seen, wanted in NEEDED.items() if seen in listed and wanted not in listed]


@dataclass(kw_only=True)
class Steering:
    """Of one PBX. The follower tells it what the PBX has, once that is in the database."""

    pbx: str
    lines: Lines
    send: Callable[[Mapping[str, str]], Awaitable[Reply]]
    database: Database
    _members: dict[Place, Member] = field(default_factory=dict, init=False)
    _asked: dict[Place, Member] = field(default_factory=dict, init=False)  # on their way
    _expected: list["_Expected"] = field(default_factory=list, init=False)
    _notes: dict[Place, str] | None = field(default=None, init=False)  # None: not read yet
    _given_up: set[object] = field(default_factory=set, init=False)  # until the next snapshot
    _in_sight: bool = field(default=False, init=False)
    _complaints: dict[str, str] = field(default_factory=dict, init=False)  # by action
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def wake(self) -> None:
        """Something else may be wanted now."""
        self._wake.set()

    def marked(self, facts: Sequence[Fact]) -> list[Fact]:
        """The facts, with those marked that are only what was asked for here."""
        return [
            replace(fact, ours=True)
            if isinstance(fact, MemberChanged) and self._was_asked(fact)
            else fact
            for fact in facts
        ]

    def see(self, members: Mapping[Place, Member], *, in_sight: bool, anew: bool) -> None:
        """This is what the PBX has. ``anew``: it was asked for all of it."""
        changed = {place for place, one in members.items() if self._members.get(place) != one}
        self._asked = {} if anew else _without(self._asked, changed)
        self._members, self._in_sight = dict(members), in_sight
        if anew:
            self._notes = None
            self._given_up.clear()
            self._expected = [replace(one, is_old=True) for one in self._expected if not one.is_old]
        if changed or anew:
            self._wake.set()

    async def run(self) -> None:
        """Steer until cancelled."""
        while True:
            try:
                await self.steer()
            except AmiError as error:
                log.info("steering.put_off", pbx=self.pbx, error=str(error))
                await asyncio.sleep(POLL_S)
            except Exception as error:
                if not is_away(error):
                    log.exception("steering.failed", pbx=self.pbx, pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)
            await self._rest()

    async def steer(self) -> None:
        """Do what differs from what is wanted. Raises AmiError, and the database's errors."""
        groups = {line.name: line.ring for line in self.lines.every if line.ring}
        if not self._in_sight or not (self._members or groups):
            return
        # What the PBX has first: what it said is in the database before it is here.
        members = self._members | self._asked
        async with self.database.reading() as connection:
            wanted = await floor.wanted(connection)
        for pause in member_pauses(wanted, members):
            await self._pause(pause)
        if groups:
            await self._note(notes(wanted, groups))

    async def _rest(self) -> None:
        await asyncio.sleep(GAP_S)
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    # -- queues --------------------------------------------------------------------------------

    async def _pause(self, pause: MemberPause) -> None:
        queue = self.lines.by_name[pause.place[0]].queue
        if queue is None or pause in self._given_up or self._is_done(pause):
            return
        is_paused, reason = pause.reason is not None, pause.reason or ""
        asked = Member(pause.member, is_paused, reason)
        # Before it is sent: what the PBX says of it may come before its answer.
        self._asked[pause.place] = asked
        self._expected.append(_Expected(pause.place, asked))
        action = {
            "Action": "QueuePause",
            "Queue": queue,
            "Interface": pause.member,
            "Paused": "true" if is_paused else "false",
        }
        done = False
        try:
            done = await self._do(pause, action | ({"Reason": reason} if reason else {}))
        finally:
            if not done:
                self._asked.pop(pause.place, None)

    def _is_done(self, pause: MemberPause) -> bool:
        """Whether the PBX said meanwhile that it is so."""
        known = self._members.get(pause.place)
        return known is None or pause.is_done_by(known)

    def _was_asked(self, fact: MemberChanged) -> bool:
        said = Member(fact.member, fact.paused, fact.reason)
        for one in self._expected:
            if (one.place, one.member) == ((fact.line, fact.interface), said):
                self._expected.remove(one)
                return True
        return False

    # -- Dial ring groups ----------------------------------------------------------------------

    async def _note(self, wanted: Mapping[Place, str]) -> None:
        if self._notes is None:
            self._notes = await self._read_notes()
        for place in sorted(self._notes.keys() - wanted.keys()):
            if await self._do(place, {"Action": "DBDel", **_row(place)}):
                del self._notes[place]
        for place, reason in sorted(wanted.items()):
            if self._notes.get(place) == reason:
                continue
            if await self._do(place, {"Action": "DBPut", **_row(place), "Val": reason}):
                self._notes[place] = reason

    async def _read_notes(self) -> dict[Place, str]:
        reply = await self.send({"Action": "DBGetTree", "Family": left_out.FAMILY})
        found = (left_out.parse(row.get("Key", ""), row.get("Val", "")) for row in reply.events)
        return {(one.line, one.interface): one.reason for one in found if one is not None}

    # -- both ----------------------------------------------------------------------------------

    async def _do(self, what: object, action: Mapping[str, str]) -> bool:
        """Whether the PBX did it. What it refuses is left until the next snapshot."""
        if what in self._given_up:
            return False
        reply = await self.send(action)
        if reply.ok:
            self._complaints.pop(action["Action"], None)
            return True
        self._given_up.add(what)
        self._complain(action["Action"], reply.message)
        return False

    def _complain(self, action: str, why: str) -> None:
        if why != self._complaints.get(action):
            self._complaints[action] = why
            hint = (
                UNSTEERED if why.startswith(MAY_NOT) else "looked at again with the next snapshot"
            )
            log.warning("steering.refused", pbx=self.pbx, action=action, error=why, hint=hint)


@dataclass(frozen=True, slots=True)
class _Expected:
    """What the PBX will say of an action of ours; if it does not before the second snapshot from
    then, it never will."""

    place: Place
    member: Member
    is_old: bool = False


def _row(place: Place) -> dict[str, str]:
    return {"Family": left_out.FAMILY, "Key": left_out.key(*place)}


def _without(members: Mapping[Place, Member], places: Iterable[Place]) -> dict[Place, Member]:
    return {place: one for place, one in members.items() if place not in set(places)}
