"""What is known about the callers of the moment, looked up once a call and told to every page.

A call's card is on its way as soon as the journal has it; what takes longer to find follows as an
aside of the hub, looked up once however many pages are open. It is told again when the caller turns
out to be somebody else, when a ticket of the company changes, or when an agent's state does.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, time

import structlog
from aiohttp import web

from callcenter.db import calls, dossiers
from callcenter.db.dossiers import Dossier
from callcenter.db.journal import Entry
from callcenter.web.context import CONTEXT, WebContext
from callcenter.web.live import Aside, LiveEntry
from webhooks import Call, EventType

log = structlog.get_logger(__name__)

EVENT = "dossier"
"""The aside's name on the wire. Its data: ``{"call": id, "dossier": {...a Dossier...}}``."""

FAULT_PAUSE_S = 2.0
"""After a look-up that failed: cards go without, and the next one is tried."""

SHOWN = ("ringing", "talking")
"""States of calls that have a card; one that waits in a menu may never get one."""


class Dossiers:
    """Follows the hub; one in each process that has pages."""

    def __init__(self, context: WebContext) -> None:
        self._context = context
        self._calls: dict[str, Call] = {}  # those that go on, as they are now
        self._told: dict[str, Aside] = {}  # by call

    @property
    def current(self) -> Sequence[LiveEntry]:
        """Those of the calls that go on, for a page that has just been opened."""
        return list(self._told.values())

    async def run(self) -> None:
        """Tell them, until cancelled or until the hub is released, when the server goes down."""
        while True:
            try:
                await self._follow()
                return
            except Exception:
                # The database is away, most likely; the cards themselves are shown all the same.
                log.exception("dossiers.failed", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)

    async def _follow(self) -> None:
        async with self._context.hub.subscribe() as batches:
            async with self._context.database.reading() as connection:
                there = await calls.current(connection, None)
            self._calls = {call.id: call for call in there}
            await self._tell({call.id for call in there if call.state in SHOWN})
            async for batch in batches:
                await self._tell({id_ for live in batch for id_ in self._changed(live)})

    def _changed(self, live: LiveEntry) -> Iterable[str]:
        """The calls of which something else is to be told after this entry."""
        noun = live.entry.type.partition(".")[0]
        if noun == "call":
            return self._take(Call.model_validate_json(live.entry.data))
        if noun == "ticket":
            company = live.parse().get("company")
            return [id_ for id_ in self._told if company and self._company(id_) == company]
        if noun == "agent":
            who = live.parse()
            return [id_ for id_ in self._told if {who["agent"], who["name"]} & self._people(id_)]
        return ()

    def _take(self, call: Call) -> Iterable[str]:
        if call.state == "ended":
            self._calls.pop(call.id, None)
            self._told.pop(call.id, None)
            return ()
        before = self._calls.get(call.id)
        self._calls[call.id] = call
        is_same = call.id in self._told and before is not None and _who(before) == _who(call)
        return (call.id,) if call.state in SHOWN and not is_same else ()

    def _people(self, call_id: str) -> set[str | None]:
        """Those of the team who are answerable for the caller's company, as they are called."""
        call = self._calls.get(call_id)
        return {call.company.account_owner, call.company.backup} if call and call.company else set()

    def _company(self, call_id: str) -> str | None:
        call = self._calls.get(call_id)
        return call.company.name if call and call.company else None

    async def _tell(self, wanted: Iterable[str]) -> None:
        now = self._context.now()
        midnight = datetime.combine(now.astimezone(self._context.timezone), time(), None)
        midnight = midnight.replace(tzinfo=self._context.timezone)
        for id_ in wanted:
            call = self._calls.get(id_)
            if call is None:
                continue
            # Each in a reading of its own: the card of a call that rings meanwhile goes before.
            async with self._context.database.reading() as connection:
                dossier = await dossiers.gather(connection, call, now=now, midnight=midnight)
            self._told[id_] = _aside(call, dossier, now)
            self._context.hub.say(self._told[id_])


def _who(call: Call) -> tuple[object, ...]:
    """Who it may be: another answer is another dossier."""
    return (call.company and call.company.id, *(contact.id for contact in call.contacts))


def _aside(call: Call, dossier: Dossier, now: datetime) -> Aside:
    data = {"call": call.id, "dossier": asdict(dossier)}
    text = json.dumps(data, ensure_ascii=False, default=_as_text, separators=(",", ":"))
    about = Entry(0, now, EventType.CALL_UPDATED, call.line, call.id, "")
    agents = frozenset(leg.agent for leg in call.legs if leg.agent)
    return Aside(about, agents, f"event: {EVENT}\ndata: {text}\n\n".encode())


def _as_text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(value)


DOSSIERS = web.AppKey("dossiers", Dossiers)


async def running(app: web.Application) -> AsyncIterator[None]:
    """Runs them as long as the application runs."""
    app[DOSSIERS] = Dossiers(app[CONTEXT])
    task = asyncio.create_task(app[DOSSIERS].run(), name="dossiers")
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
