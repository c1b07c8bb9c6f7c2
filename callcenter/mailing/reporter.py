"""Sending reports: each order's last day, week or month, once it is over and counted.

One instance does it at a time, by its lease. A mail is written down before it is made, so that it
is sent once, whoever dies; should one die between the server's word and the commit, the mail that
is sent again has the same Message-ID.
"""

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from callcenter.core.cadence import last_days
from callcenter.core.retry import delay_s
from callcenter.db import figure_marks, report_orders
from callcenter.db.engine import Database
from callcenter.db.faults import is_away
from callcenter.db.leases import LeaseLostError
from callcenter.db.report_orders import Mail
from callcenter.mailing.sender import MailError, Server
from callcenter.web import history, report
from callcenter.web.history import Asked, By
from callcenter.web.period import Period
from callcenter.web.render import Renderer
from callcenter.web.report import Report
from callcenter.web.sheets import XLSX_TYPE

log = structlog.get_logger(__name__)

POLL_S: Final = 60.0
FAULT_PAUSE_S: Final = 30.0

AT_ONCE: Final = 20
"""Mails of one turn."""

COUNTED_AFTER: Final = timedelta(minutes=5)
COUNTED_MAX: Final = timedelta(hours=2)
"""How long a report waits for its days to be counted; then it says that they are not."""

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""A report of yesterday is of no use to anybody by then."""

RETRY_AT_LEAST_S: Final = 60.0

NAMESPACE: Final = uuid.UUID("5a0c6e0e-6d1c-4f6b-9d1f-6a4f2b0c9e57")
"""Of the ids of messages, made with uuid4 for this."""


@dataclass(kw_only=True)
class Reporter:
    """Of one instance; it works while it has the lease. ``sender`` is who the mails are from,
    ``hour`` when they are due by the clock of ``zone``."""

    server: Server
    sender: str
    hour: int
    zone: ZoneInfo
    country: str
    public_url: str
    renderer: Renderer
    now: Callable[[], datetime]
    random: Random
    count: Callable[[str], None] = field(default=lambda _result: None)

    async def work(self, database: Database) -> None:
        """Send until cancelled."""
        while True:
            try:
                while await self.turn(database) == AT_ONCE:
                    pass
                pause_s = POLL_S
            except LeaseLostError:
                raise
            except Exception as error:  # noqa: BLE001  (whatever it is, the mails stay due)
                say = log.warning if is_away(error) else log.exception
                pause_s = FAULT_PAUSE_S
                say("reports.put_off", error=type(error).__name__, pause_s=pause_s)
            await asyncio.sleep(pause_s)

    async def turn(self, database: Database) -> int:
        """Write down what is due and send it; give how many mails were tried."""
        now = self.now()
        await self._owe(database, now)
        async with database.reading() as connection:
            mails = await report_orders.due(connection, now=now, limit=AT_ONCE)
        for mail in mails:
            await self._deliver(database, mail)
        return len(mails)

    async def _owe(self, database: Database, now: datetime) -> None:
        local = now.astimezone(self.zone)
        if local.hour < self.hour:
            return
        async with database.transaction() as connection:
            for order in await report_orders.wanted(connection):
                days = last_days(order.cadence, local.date())
                # What was over before it was ordered, nobody asked for.
                if order.created_at.astimezone(self.zone).date() <= days.last:
                    await report_orders.owe(connection, order, days, now=now)

    async def _deliver(self, database: Database, mail: Mail) -> None:
        now = self.now()
        asked = Asked(by=By(mail.order.cut), period=Period(*mail.days), line=mail.order.line)
        async with database.reading() as connection:
            span = asked.span
            uncounted = await figure_marks.whole_days_marked(
                connection, span.lines, span.since, span.until
            )
            if uncounted and now - mail.due_at < COUNTED_MAX:
                found = None
            else:
                today = now.astimezone(self.zone).date()
                found = await history.read(connection, asked, today=today, country=self.country)
        if found is None:
            async with database.transaction() as connection:
                until = now + COUNTED_AFTER
                await report_orders.put_off(connection, mail, until=until, why=None)
            return
        made = await report.compose(
            self.renderer, mail.order.language, asked, found, public_url=self.public_url
        )
        await self._send(database, mail, self._message(mail, made))

    async def _send(self, database: Database, mail: Mail, message: EmailMessage) -> None:
        try:
            await self.server.send(message)
        except MailError as error:
            await self._failed(database, mail, error)
            return
        async with database.transaction() as connection:
            await report_orders.sent(connection, mail, now=self.now())
        self.count("sent")
        log.info("report.sent", report=mail.order.id)

    async def _failed(self, database: Database, mail: Mail, error: MailError) -> None:
        now = self.now()
        is_over = error.is_final or now - mail.due_at >= GIVEN_UP_AFTER
        self.count("refused" if is_over else "failed")
        log.warning("report.not_sent", report=mail.order.id, error=str(error), is_over=is_over)
        wait_s = delay_s(mail.attempts + 1, self.random, at_least_s=RETRY_AT_LEAST_S)
        async with database.transaction() as connection:
            if is_over:
                await report_orders.refused(connection, mail, str(error))
            else:
                until = now + timedelta(seconds=wait_s)
                await report_orders.put_off(connection, mail, until=until, why=str(error))

    def _message(self, mail: Mail, made: Report) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = mail.order.address
        message["Subject"] = made.subject
        message["Date"] = format_datetime(self.now())
        name = f"{mail.order.id}-{mail.days.last.toordinal()}"
        domain = parseaddr(self.sender)[1].rpartition("@")[2]
        message["Message-ID"] = f"<{uuid.uuid5(NAMESPACE, name)}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        message["Content-Language"] = mail.order.language
        message.set_content(made.text)
        message.add_alternative(made.html, subtype="html")
        maintype, subtype = XLSX_TYPE.split("/")
        message.add_attachment(
            made.workbook, maintype=maintype, subtype=subtype, filename=made.filename
        )
        return message
