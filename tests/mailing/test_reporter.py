"""Reports are sent once, when their days are over and counted, whatever happens meanwhile."""

import io
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from callcenter.core.cadence import Cadence
from callcenter.core.slots import Slot
from callcenter.db import figure_marks, figures, report_orders
from callcenter.db.engine import Database
from callcenter.db.figure_marks import Mark
from callcenter.db.report_orders import OrderError, State
from callcenter.db.schema import agents
from callcenter.db.schema import report_orders as orders_table
from callcenter.db.trail import By
from callcenter.mailing.reporter import AT_ONCE, COUNTED_MAX, GIVEN_UP_AFTER, Reporter
from callcenter.web.render import Renderer
from tests.calls.history import add_agent
from tests.mailing.post import Post, post
from tests.web.test_mails import some_context

ZONE = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 5, tzinfo=UTC)  # six in the morning
ADDRESS = "ines@example.com"


@dataclass
class Site:
    """A database with an order, a mail server, and the job between them."""

    database: Database
    post: Post
    agent: int
    at: datetime = MONDAY

    def reporter(self, **different: Any) -> Reporter:
        """The job of an instance that has just started."""
        values = {
            "server": self.post.server(),
            "sender": "Callcenter <callcenter@example.com>",
            "hour": 6,
            "zone": ZONE,
            "country": "FR",
            "public_url": "https://helpdesk.example.com",
            "renderer": Renderer(some_context(self.database)),
            "now": lambda: self.at,
            "random": Random(1),
        }
        return Reporter(**(values | different))

    async def order(self, cadence: Cadence = Cadence.WEEKLY, **different: Any) -> int:
        """Somebody wants it, since ten days ago."""
        values = {
            "by": By("super", MONDAY - timedelta(days=10)),
            "agent_id": self.agent,
            "address": ADDRESS,
            "cadence": cadence,
            "cut": "day",
            "line": None,
            "language": "fr",
        }
        async with self.database.transaction() as connection:
            return await report_orders.add(connection, **(values | different))

    async def state(self) -> report_orders.Listed:
        """How the last mail of the order stands."""
        async with self.database.reading() as connection:
            (one,) = await report_orders.of_agent(connection, self.agent)
        return one


@pytest.fixture
async def mail_server() -> AsyncIterator[Post]:
    """A real one."""
    async with post() as running:
        yield running


@pytest.fixture
async def site(database: Database, mail_server: Post) -> AsyncIterator[Site]:
    """With six calls in the week before."""
    async with database.transaction() as connection:
        agent = await add_agent(connection, "super", MONDAY)
        await connection.execute(update(agents).values(role="supervisor"))
        day = MONDAY.toordinal() - 3
        sums = {"offered": 6, "answered": 5, "in_time": 4, "abandoned": 1, "wait_ms": 50_000}
        await figures.write_slot(connection, Mark(day, "support", 36, 1), sums)
    yield Site(database, mail_server, agent)


async def test_a_report_has_the_figures_in_words_in_a_table_and_in_a_workbook(site: Site) -> None:
    await site.order()
    assert await site.reporter().turn(site.database) == 1
    (mail,) = site.post.mails
    assert (mail["To"], mail["From"]) == (ADDRESS, "Callcenter <callcenter@example.com>")
    assert mail["Subject"] == "Appels du 16/11/2026 – 22/11/2026"  # noqa: RUF001  (a dash)
    text = mail.get_body(("plain",))
    html = mail.get_body(("html",))
    assert text and "Taux de service: 66,7%" in text.get_content()
    assert html and "ven. 20/11/2026" in html.get_content()
    (workbook,) = mail.iter_attachments()
    assert workbook.get_filename() == "callcenter-day-2026-11-16-2026-11-22.xlsx"
    content = workbook.get_content()
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    assert (await site.state()).state is State.SENT


async def test_a_report_is_sent_once(site: Site) -> None:
    await site.order()
    for _ in range(3):
        await site.reporter().turn(site.database)
        site.at += timedelta(hours=8)
    assert len(site.post.mails) == 1
    site.at = MONDAY + timedelta(days=7)
    await site.reporter().turn(site.database)
    assert len({mail["Message-ID"] for mail in site.post.mails}) == 2


async def test_who_dies_before_the_commit_sends_the_same_message_again(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    await site.order()

    async def die(*_: object, **__: object) -> None:
        raise RuntimeError("the process died")

    with monkeypatch.context() as dying:
        dying.setattr(report_orders, "sent", die)
        with pytest.raises(RuntimeError):
            await site.reporter().turn(site.database)
    await site.reporter().turn(site.database)
    first, second = site.post.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert (await site.state()).state is State.SENT


async def test_nothing_is_sent_before_its_hour_nor_of_days_before_the_order(site: Site) -> None:
    await site.order(by=By("super", MONDAY))
    assert await site.reporter().turn(site.database) == 0
    await site.order(Cadence.DAILY, address="other@example.com")
    site.at = MONDAY - timedelta(minutes=1)
    assert await site.reporter().turn(site.database) == 0
    site.at = MONDAY
    assert await site.reporter().turn(site.database) == 1


async def test_days_are_counted_before_they_are_sent_but_not_for_ever(site: Site) -> None:
    await site.order()
    async with site.database.transaction() as connection:
        await figure_marks.mark(
            connection, "support", [Slot(MONDAY.toordinal() - 1, -1)], now=MONDAY
        )
    await site.reporter().turn(site.database)
    assert site.post.mails == []
    site.at += COUNTED_MAX
    await site.reporter().turn(site.database)
    (mail,) = site.post.mails
    body = mail.get_body(("html",))
    assert body and "ne sont pas encore comptés" in body.get_content()


async def test_what_the_server_cannot_take_now_is_sent_later(site: Site) -> None:
    await site.order()
    site.post.to_mails = ["451 later", "421 busy"]
    for _ in range(3):
        await site.reporter().turn(site.database)
        assert len(site.post.mails) == (0 if site.post.to_mails else len(site.post.mails))
        site.at += timedelta(minutes=10)
    assert len(site.post.mails) == 1
    assert (await site.state()).last_error is None


async def test_what_the_server_refuses_is_told_and_tried_no_more(site: Site) -> None:
    await site.order()
    site.post.to_recipients = "550 no such user here"
    await site.reporter().turn(site.database)
    found = await site.state()
    assert found.state is State.REFUSED
    assert found.last_error and "refuses the address (550)" in found.last_error
    assert ADDRESS not in found.last_error


async def test_a_server_that_is_away_for_days_is_given_up(site: Site) -> None:
    await site.order()
    nowhere = site.post.server(port=1)
    await site.reporter(server=nowhere).turn(site.database)
    assert (await site.state()).state is State.DUE
    site.at += GIVEN_UP_AFTER
    await site.reporter(server=nowhere).turn(site.database)
    assert (await site.state()).state is State.REFUSED


@pytest.mark.parametrize("change", [{"active": False}, {"role": "agent"}])
async def test_who_may_not_see_figures_any_more_is_sent_none(
    site: Site, change: dict[str, object]
) -> None:
    await site.order()
    async with site.database.transaction() as connection:
        await connection.execute(update(agents).values(change))
    assert await site.reporter().turn(site.database) == 0


async def test_the_same_order_twice_is_one_and_there_is_an_end_to_them(site: Site) -> None:
    assert await site.order() == await site.order()
    for number in range(report_orders.ORDERS_MAX - 1):
        await site.order(address=f"{number}@example.com")
    with pytest.raises(OrderError):
        await site.order(address="one@more.example")
    assert await site.reporter().turn(site.database) == AT_ONCE
    async with site.database.reading() as connection:
        assert len((await connection.execute(select(orders_table))).all()) == AT_ONCE


@pytest.mark.parametrize("text", ["", "ines", "@example.com", "a@", "a b@c.d", "a@b\r\nBcc: x@y.z"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(OrderError):
        report_orders.checked_address(text)
