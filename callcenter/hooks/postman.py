"""The job that tells destinations what happened, each by a task of its own.

What is to be told is found in the database, not handed over: a crash between any two lines loses
nothing. A message is claimed for a while in a transaction of its own before it is sent, and what
came of it is written after. Who dies between the two leaves it to be sent again, with the same id.

Of one call a destination is told in order, and by one request at a time; several calls at once.
"""

import asyncio
import contextlib
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

import structlog

from callcenter.core.delivery import Verdict
from callcenter.db import clock, deliveries, destinations, journal, telling
from callcenter.db.deliveries import Claimed
from callcenter.db.destinations import Destination, Kind
from callcenter.db.engine import Database
from callcenter.db.entries import GoneError
from callcenter.hooks.sender import Sender
from webhooks import WebhookType, cti
from webhooks.subscription import Test, body

log = structlog.get_logger(__name__)

BATCH = 8
"""Messages that one destination is sent at once."""

CLAIM_S = 60.0
"""How long a claim lasts: after this, a process that does not come back has left it to others. An
attempt takes a quarter of it at most."""

POLL_S = 5.0
"""How late a change is found of which nobody woke us, such as one made by another process."""

FAULT_PAUSE_S = 2.0
"""After an error of the database: nothing can be told until it is back."""

GIVE_BACK_MAX_S = 2.0
"""For the last word to the database: who ends the service waits for it."""

T = TypeVar("T")


def new_message_id() -> str:
    """An id that no other message has, without a full stop."""
    return f"msg_{uuid.uuid4().hex}"


@dataclass(kw_only=True)
class Postman:
    """Tells until cancelled. All times are of the clock that all instances share.

    ``measure`` is given what came of each attempt, and the seconds that it took.
    """

    database: Database
    sender: Sender
    random: Random
    new_id: Callable[[], str] = new_message_id
    measure: Callable[[str, float], None] = lambda _result, _seconds: None
    shared_now: clock.SharedClock = clock.now
    monotonic: Callable[[], float] = time.monotonic
    _holder: str = field(default_factory=lambda: uuid.uuid4().hex, init=False)
    _wakes: dict[int, asyncio.Event] = field(default_factory=dict, init=False)
    _changed: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _looked_at: dict[int, int] = field(default_factory=dict, init=False)

    def wake(self) -> None:
        """There may be something to tell."""
        for event in self._wakes.values():
            event.set()

    def change(self) -> None:
        """There may be somebody else to tell, or something once more."""
        self._changed.set()
        self.wake()

    async def run(self) -> None:
        """Tell what there is, wait for more, for ever. An error of the database is waited out."""
        if self.database.is_sqlite:
            # It has one instance, this one: whoever claimed anything is dead.
            await self._patiently(lambda: self._give_back(None))
        try:
            async with asyncio.TaskGroup() as group:
                await self._employ(group)
        finally:
            # Asked to end, as at every update: the next process need not wait for our claims.
            # Where the database is away, they run out by themselves.
            with contextlib.suppress(Exception):
                async with asyncio.timeout(GIVE_BACK_MAX_S):
                    await self._give_back(self._holder)

    async def tell_due(self, key: int) -> int:
        """Send the destination what is due, once each; give how many messages there were."""
        async with self.database.transaction() as connection:
            destination = await destinations.get(connection, key)
            now = await self.shared_now(connection)
            until = now + timedelta(seconds=CLAIM_S)
            found = await deliveries.claim(
                connection, key, holder=self._holder, now=now, until=until, limit=BATCH
            )
        if destination is not None:
            async with asyncio.TaskGroup() as group:
                for one in found:
                    group.create_task(self._send(destination, one, now))
        return len(found)

    async def follow(self, key: int) -> None:
        """Write down what the destination is to be told of what the journal has by now."""
        while await self._is_behind(key):
            with contextlib.suppress(GoneError):  # removed since
                async with self.database.transaction() as connection:
                    await telling.tell(
                        connection, key, new_id=self.new_id, shared_now=self.shared_now
                    )

    async def test(self, key: int) -> None:
        """Send a ``webhook.test``, or a caller log a call of nobody, whether the destination is
        switched on or not; what came of it is among its messages. Raises GoneError."""
        async with self.database.reading() as connection:
            destination = await destinations.get(connection, key)
            if destination is None:
                raise GoneError
            now = await self.shared_now(connection)
        for text in self._tests(destination, now):
            async with self.database.transaction() as connection:
                message = await deliveries.add_test(
                    connection,
                    key,
                    message_id=self.new_id(),
                    body=text,
                    holder=self._holder,
                    now=now,
                    until=now + timedelta(seconds=CLAIM_S),
                )
            await self._send(destination, message, now)

    def _tests(self, destination: Destination, now: datetime) -> list[str]:
        if destination.kind is Kind.ZAMMAD_CTI:
            return cti.test_bodies(destination.name, self.new_id())
        data = Test(destination=destination.name).model_dump_json()
        return [body(WebhookType.TEST, now, data)]

    async def _employ(self, group: asyncio.TaskGroup) -> None:
        """See to it that each destination has its task."""
        tasks: dict[int, asyncio.Task[None]] = {}
        while True:
            self._changed.clear()
            for key in await self._patiently(self._enabled):
                if key not in tasks or tasks[key].done():
                    tasks[key] = group.create_task(self._serve(key), name=f"webhook {key}")
            await _set_within(self._changed, POLL_S)

    async def _serve(self, key: int) -> None:
        """Tell one destination until it is switched off."""
        wake = self._wakes.setdefault(key, asyncio.Event())
        while key in await self._patiently(self._enabled):
            wake.clear()
            await self._patiently(lambda: self.follow(key))
            wait_s = await self._patiently(lambda: self._next_due_s(key))
            if wait_s > 0:
                await _set_within(wake, min(POLL_S, wait_s))
            else:
                await self._patiently(lambda: self.tell_due(key))

    async def _send(self, to: Destination, message: Claimed, at: datetime) -> None:
        began = self.monotonic()
        answer = await self.sender.send(to, message, at)
        took_s = self.monotonic() - began
        took_ms = round(took_s * 1000)
        self.measure(answer.result, took_s)

        async def settle() -> Verdict | None:
            async with self.database.transaction() as connection:
                return await deliveries.settle(
                    connection,
                    message,
                    answer,
                    holder=self._holder,
                    at=await self.shared_now(connection),
                    duration_ms=took_ms,
                    random=self.random,
                )

        verdict = await self._patiently(settle)
        told = {"destination": to.id, "message": message.message_id, "duration_ms": took_ms}
        if verdict is None:
            log.info("webhooks.left", **told)
        elif not verdict.is_done:
            log.info("webhooks.put_off", **told, status=answer.status, failure=answer.failure)
            if verdict.disable:
                log.warning("webhooks.switched_off", destination=to.id, why=verdict.disable.value)

    async def _is_behind(self, key: int) -> bool:
        """Whether the journal has something for the destination.

        What is of no interest to it is remembered, not written: most entries are.
        """
        async with self.database.reading() as connection:
            to = await destinations.get(connection, key)
            if to is None or to.disabled_at is not None:
                return False
            seen = max(to.journal_seq, self._looked_at.get(key, 0))
            entries = await journal.after(connection, seen, telling.READ_LIMIT)
        if any(telling.wants(to, entry) for entry in entries):
            return True
        if entries:
            self._looked_at[key] = entries[-1].seq
        return len(entries) == telling.READ_LIMIT

    async def _next_due_s(self, key: int) -> float:
        async with self.database.reading() as connection:
            now = await self.shared_now(connection)
            due_at = await deliveries.next_due_at(connection, key, now=now)
            return POLL_S if due_at is None else (due_at - now).total_seconds()

    async def _enabled(self) -> set[int]:
        async with self.database.reading() as connection:
            return await destinations.enabled(connection)

    async def _give_back(self, holder: str | None) -> None:
        async with self.database.transaction() as connection:
            await deliveries.give_back(connection, holder=holder)

    async def _patiently(self, do: Callable[[], Awaitable[T]]) -> T:
        """Do it, however long the database is away."""
        while True:
            try:
                return await do()
            except Exception:
                # Whatever it is, what is to be told stays in the database: say it, and go on.
                log.exception("webhooks.fault", pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)


async def _set_within(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
