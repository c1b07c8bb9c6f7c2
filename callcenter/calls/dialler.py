"""Makes the calls that agents ask for: the agent's telephone first, then the customer's."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

import structlog

from callcenter.ami.action import Reply
from callcenter.ami.errors import AmiActionError, AmiError
from callcenter.calls.errands import DATABASE_MAX_S, run_errands
from callcenter.core import identity
from callcenter.core.outgoing import RING_S, Outgoing, OutgoingState, Result, Trouble
from callcenter.core.tracker import Tracker
from callcenter.db import directory, journal, outgoing
from callcenter.db.engine import Database
from callcenter.db.outgoing import Claimed
from dialplan import outgoing_context

log = structlog.get_logger(__name__)

NAME_MAX = 60
"""Characters of a name that a telephone shows."""

NOT_PERMITTED = "Permission denied"
"""Asterisk's words for an action that the account has no right to."""

_UNSHOWN = re.compile(r"[^\w .,&\'’()+/-]")

Send: TypeAlias = Callable[[Mapping[str, str]], Awaitable[Reply]]


def caller_id(name: str | None, number: str) -> str:
    """What a telephone of ours shows while it rings."""
    return f'"{_UNSHOWN.sub("", name or "")[:NAME_MAX].strip()}" <{number}>'


@dataclass(frozen=True, slots=True)
class WayOut:
    """How a line's calls leave the PBX. ``national``: as people of ``country`` dial, not E.164."""

    country: str
    national: bool = False
    prefix: str = ""

    def dialled(self, e164: str) -> str:
        """What the PBX is to dial: digits, and perhaps a + before them."""
        number = identity.dialled(e164, country=self.country) if self.national else e164
        return self.prefix + number


@dataclass(kw_only=True)
class Dialler:
    """Tells one PBX, for as long as this instance has its link. ``ways_out`` is by line."""

    tracker: Tracker
    send: Send
    database: Database
    ways_out: Mapping[str, WayOut]
    now: Callable[[], datetime]
    base_url: str
    _asked: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _is_refused: bool = field(default=False, init=False)

    def wake(self) -> None:
        """Somebody asked for a call, or wants one no more."""
        self._asked.set()

    async def run(self) -> None:
        """Make calls until cancelled; raises LeaseLostError."""
        await run_errands(self._asked, self.turn, pbx=self._pbx, waiting="outgoing.waiting")

    async def turn(self) -> None:
        """Begin what is asked for, and hang up what is not wanted any more."""
        async with asyncio.timeout(DATABASE_MAX_S), self.database.reading() as connection:
            if not await outgoing.is_work(connection, self._pbx):
                return
        claimed: list[Claimed] = []
        async with asyncio.timeout(DATABASE_MAX_S), self.database.transaction() as connection:
            await outgoing.expire(connection, self._pbx, now=self.now())
            if self.tracker.in_sight:
                claimed = await outgoing.claim(connection, self._pbx, now=self.now())
            unwanted = await outgoing.cancelled(connection, self._pbx)
            names = {
                call.number: await directory.caller_name(connection, call.number)
                for call in claimed
            }
        for call in claimed:
            await self._begin(call, names[call.number])
        for id_ in unwanted:
            await self._hang_up(id_)

    @property
    def _pbx(self) -> str:
        return self.tracker.pbx

    async def _begin(self, call: Claimed, name: str | None) -> None:
        self.tracker.dialling.expect(call.id)
        try:
            reply = await self.send(self._originate(call, name))
        except AmiActionError:
            log.exception("outgoing.not_sent", pbx=self._pbx, outgoing=call.id)
            await self._failed(call.id, Trouble.PBX)
        except AmiError as error:  # it may be under way: events, or a snapshot, will tell
            log.warning("outgoing.in_doubt", pbx=self._pbx, outgoing=call.id, error=str(error))
        else:
            if not reply.ok:
                await self._refused(call.id, reply.message)

    def _originate(self, call: Claimed, name: str | None) -> Mapping[str, str]:
        way = self.ways_out.get(call.line) or next(iter(self.ways_out.values()))
        number = identity.dialled(call.number, country=way.country)
        return {
            "Action": "Originate",
            "Async": "true",
            "ChannelId": call.id,
            "Channel": call.interface,
            "Context": outgoing_context(call.line),
            "Exten": way.dialled(call.number),
            "Priority": "1",
            "Timeout": str(RING_S * 1000),
            "CallerID": caller_id(name, number),
            "Variable": f"CALLCENTER_LINE={call.line}",
        }

    async def _refused(self, id_: str, why: str) -> None:
        is_right = why == NOT_PERMITTED
        if not self._is_refused:
            log.warning(
                "outgoing.refused",
                pbx=self._pbx,
                error=why,
                hint="Originate needs write=originate for the account in manager.conf"
                if is_right
                else "render the dialplan again with this version, and look at Asterisk's log",
            )
        self._is_refused = True
        await self._failed(id_, Trouble.RIGHT if is_right else Trouble.PBX)

    async def _failed(self, id_: str, trouble: Trouble) -> None:
        """The PBX has not begun it."""
        self.tracker.dialling.forget(id_)
        state, result = OutgoingState.ENDED, Result.FAILED
        over = Outgoing(id_, state, result, trouble, ended_at=self.now())
        async with self.database.transaction() as connection:
            told = await outgoing.write(connection, [over], base_url=self.base_url)
            await journal.append(connection, told)

    async def _hang_up(self, id_: str) -> None:
        self.tracker.dialling.cancel(id_)
        try:
            reply = await self.send({"Action": "Hangup", "Channel": id_})
        except AmiError as error:  # it is asked again, for as long as the call goes on
            log.info("outgoing.not_hung_up", pbx=self._pbx, outgoing=id_, error=str(error))
            return
        if not reply.ok:
            log.info("outgoing.not_hung_up", pbx=self._pbx, outgoing=id_, error=reply.message)
