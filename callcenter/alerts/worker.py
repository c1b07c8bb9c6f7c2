"""The job that makes tickets of what monitoring systems sent. One instance does it at a time.

What is to be done is found in the database, in the order in which it came, and a little of it is
done in each transaction: a crash between any two lines loses nothing and does nothing twice, and
the card of a call that rings need not wait for a storm.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from callcenter.alerts.clerk import Clerk, Outcome
from callcenter.alerts.payload import Payload, PayloadError
from callcenter.alerts.source import Source
from callcenter.core.alert import Alert
from callcenter.db import alert_deliveries
from callcenter.db.alert_deliveries import Delivery
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.leases import LeaseLostError

log = structlog.get_logger(__name__)

TOGETHER = 2
"""Alerts in one transaction: on SQLite whatever else is to be written waits for it, 20 ms."""

POLL_S = 1.0
"""How late something is seen that another instance received."""

FAULT_PAUSE_S = 2.0

UNWRITTEN = "unwritten"
"""What is counted of an alert of which nothing came, for a fault of ours."""


@dataclass(kw_only=True)
class AlertWorker:
    """``sources`` by their names. ``committed`` is called after each commit that was journalled;
    ``count`` is given a source, and what one of its alerts was (an Outcome, or UNWRITTEN).
    """

    sources: Mapping[str, Source]
    base_url: str
    now: Callable[[], datetime]
    committed: Callable[[], None]
    count: Callable[[str, str], None] = lambda _source, _what: None
    _wake: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _read: tuple[int, Sequence[Alert]] | None = field(default=None, init=False)

    def wake(self) -> None:
        """Something was received."""
        self._wake.set()

    async def work(self, database: Database) -> None:
        """Work off what comes, until cancelled."""
        while True:
            try:
                is_more = await self.work_some(database)
            except LeaseLostError:
                raise
            except Exception as error:  # noqa: BLE001  (whatever it is, what was sent stays there)
                say = log.warning if is_away(error) else log.exception
                say("alerts.put_off", error=type(error).__name__, pause_s=FAULT_PAUSE_S)
                await asyncio.sleep(FAULT_PAUSE_S)
            else:
                if not is_more:
                    await self._rest()

    async def work_some(self, database: Database) -> bool:
        """Write down some of what waits, and give whether there was any."""
        async with database.reading() as connection:
            if not await alert_deliveries.is_any(connection, self.sources):
                return False
        try:
            await self._write(database, TOGETHER)
        except LeaseLostError:
            raise
        except Exception as error:
            if is_away(error):
                raise
            await self._write_one(database)
        return True

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                await self._wake.wait()
        except TimeoutError:
            return
        self._wake.clear()

    async def _write(self, database: Database, most: int) -> None:
        heard: list[tuple[str, Outcome]] = []
        async with database.transaction() as connection:
            clerk = Clerk(connection=connection, base_url=self.base_url, now=self.now())
            for delivery in await alert_deliveries.waiting(connection, self.sources, limit=most):
                if len(heard) < most:
                    outcomes = await self._of(clerk, delivery, most - len(heard))
                    heard += [(delivery.source, outcome) for outcome in outcomes]
            await clerk.tell()
        for source, outcome in heard:
            self.count(source, outcome.value)
        self.committed()

    async def _of(self, clerk: Clerk, delivery: Delivery, most: int) -> list[Outcome]:
        """Write what is left of a delivery, or the beginning of it."""
        alerts, begin = self._alerts(delivery), delivery.written
        outcomes = [
            await clerk.write(
                self.sources[delivery.source], alert, at=delivery.received_at, times=delivery.times
            )
            for alert in alerts[begin : begin + most]
        ]
        written = begin + len(outcomes)
        await alert_deliveries.progress(
            clerk.connection, delivery, written=written, is_last=written >= len(alerts)
        )
        return outcomes

    async def _write_one(self, database: Database) -> None:
        """The next alert alone; where it is the one that cannot be written, pass it over."""
        try:
            await self._write(database, 1)
        except LeaseLostError:
            raise
        except Exception as error:
            if is_away(error):
                raise
            log.exception("alerts.unwritten")
            await self._pass_over(database, type(error).__name__)

    async def _pass_over(self, database: Database, error: str) -> None:
        async with database.transaction() as connection:
            for delivery in await alert_deliveries.waiting(connection, self.sources, limit=1):
                written = delivery.written + 1
                is_last = written >= len(self._alerts(delivery))
                await alert_deliveries.progress(
                    connection, delivery, written=written, is_last=is_last, error=error
                )
                self.count(delivery.source, UNWRITTEN)

    def _alerts(self, delivery: Delivery) -> Sequence[Alert]:
        """Of a body that was accepted: read anew, it says the same."""
        if self._read is None or self._read[0] != delivery.id:
            try:
                payload = self.sources[delivery.source].parse(delivery.body)
            except PayloadError:  # it was accepted when the source was configured otherwise
                log.warning("alerts.unread", source=delivery.source, delivery=delivery.id)
                payload = Payload(())
            self._read = delivery.id, payload.alerts
        return self._read[1]
