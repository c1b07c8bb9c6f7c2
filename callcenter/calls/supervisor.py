"""Lets supervisors hear calls that go on: their telephone rings, and is put into ChanSpy."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from callcenter.ami.errors import AmiActionError, AmiError
from callcenter.calls.dialler import NOT_PERMITTED, Send, caller_id
from callcenter.calls.errands import DATABASE_MAX_S, run_errands
from callcenter.core.outgoing import RING_S
from callcenter.core.supervising import APPLICATION
from callcenter.core.supervision import (
    OPTIONS,
    Supervision,
    SupervisionResult,
    SupervisionState,
)
from callcenter.core.tracker import Tracker
from callcenter.db import journal, supervision_claims
from callcenter.db.engine import Database
from callcenter.db.supervision_claims import Claimed

log = structlog.get_logger(__name__)

_NO_NUMBER = re.compile(r"[^\w*#+]")


@dataclass(kw_only=True)
class Supervisor:
    """Tells one PBX, for as long as this instance has its link."""

    tracker: Tracker
    send: Send
    database: Database
    now: Callable[[], datetime]
    _asked: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def wake(self) -> None:
        """Somebody wants to listen, or no more, or does so no more."""
        self._asked.set()

    async def run(self) -> None:
        """Do what is asked for until cancelled; raises LeaseLostError."""
        await run_errands(self._asked, self.turn, pbx=self._pbx, waiting="supervision.waiting")

    async def turn(self) -> None:
        """Begin what is asked for, and hang up what is wanted no more or has outlived its call."""
        unwanted = self.tracker.supervisions_over()
        async with asyncio.timeout(DATABASE_MAX_S), self.database.reading() as connection:
            is_work = await supervision_claims.is_work(connection, self._pbx)
        claimed: list[Claimed] = []
        if is_work:
            async with asyncio.timeout(DATABASE_MAX_S), self.database.transaction() as connection:
                await supervision_claims.expire(connection, self._pbx, now=self.now())
                if self.tracker.in_sight:
                    claimed = await supervision_claims.claim(connection, self._pbx, now=self.now())
                unwanted += await supervision_claims.cancelled(connection, self._pbx)
        for one in claimed:
            await self._begin(one)
        for id_ in dict.fromkeys(unwanted):
            await self._hang_up(id_)

    @property
    def _pbx(self) -> str:
        return self.tracker.pbx

    async def _begin(self, one: Claimed) -> None:
        channel = self.tracker.talking_channel(one.linkedid, one.heard_interface)
        if channel is None:
            return await self._failed(one.id, SupervisionResult.CALL_OVER)
        self.tracker.supervising.expect(one.id, one.linkedid, channel)
        try:
            reply = await self.send(_originate(one, channel))
        except AmiActionError:
            log.exception("supervision.not_sent", pbx=self._pbx, supervision=one.id)
            await self._failed(one.id, SupervisionResult.PBX)
        except AmiError as error:  # it may be under way: events, or a snapshot, will tell
            log.warning("supervision.in_doubt", pbx=self._pbx, supervision=one.id, error=str(error))
        else:
            if not reply.ok:
                log.warning("supervision.refused", pbx=self._pbx, error=reply.message)
                is_right = reply.message == NOT_PERMITTED
                result = SupervisionResult.RIGHT if is_right else SupervisionResult.PBX
                await self._failed(one.id, result)

    async def _failed(self, id_: str, result: SupervisionResult) -> None:
        """Nobody hears anything."""
        self.tracker.supervising.forget(id_)
        over = Supervision(id_, SupervisionState.ENDED, result, ended_at=self.now())
        async with self.database.transaction() as connection:
            told = await supervision_claims.write(connection, [over])
            await journal.append(connection, told)

    async def _hang_up(self, id_: str) -> None:
        self.tracker.supervising.cancel(id_)
        try:
            reply = await self.send({"Action": "Hangup", "Channel": id_})
        except AmiError as error:  # it is asked again, for as long as it goes on
            self._not_hung_up(id_, str(error))
            return
        if not reply.ok:
            self._not_hung_up(id_, reply.message)

    def _not_hung_up(self, id_: str, why: str) -> None:
        log.info("supervision.not_hung_up", pbx=self._pbx, supervision=id_, error=why)


def _originate(one: Claimed, channel: str) -> Mapping[str, str]:
    extension = _NO_NUMBER.sub("", one.heard_interface.rpartition("/")[2])
    return {
        "Action": "Originate",
        "Async": "true",
        "ChannelId": one.id,
        "Channel": one.interface,
        "Application": APPLICATION,
        "Data": f"{channel},{OPTIONS[one.mode]}",
        "Timeout": str(RING_S * 1000),
        "CallerID": caller_id(one.heard_name, extension),
    }
