"""Reports by e-mail are ordered below a table, and stopped by whom they are for."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from prometheus_client import CollectorRegistry
from sqlalchemy import select

from callcenter.db.engine import Database
from callcenter.db.schema import report_orders, trail
from callcenter.web.context import WebContext
from callcenter.web.live import Hub
from tests.web.conftest import Site
from tests.web.test_pages import get


def some_context(database: Database) -> WebContext:
    """Enough of one to render a mail."""
    return WebContext(
        database=database,
        hub=Hub(database),
        now=lambda: datetime.now(UTC),
        public_url="https://helpdesk.example.com",
        timezone=ZoneInfo("Europe/Paris"),
        country="FR",
        lines=("support",),
        readiness=dict,
        metrics=CollectorRegistry(),
    )


WANTED = {"by": "day", "cadence": "weekly", "address": "ines@example.com", "line": "support"}


async def test_a_report_is_ordered_and_stopped(site: Site) -> None:
    await site.sign_in("super")
    status, page = await site.post("/history/mails", WANTED)
    assert status == 200
    for fact in ("ines@example.com", "every Monday", "None yet", "support"):
        assert fact in page, fact
    _, page = await site.post("/history/mails/1/stop", {})
    assert "Below each table of the history one can be ordered." in page
    async with site.context.database.reading() as connection:
        noted = (await connection.execute(select(trail.c.action, trail.c.data))).all()
    assert [row.action for row in noted] == ["report.ordered", "report.cancelled"]
    assert "ines" not in str(noted)


async def test_what_cannot_be_ordered_is_said_and_nothing_is(site: Site) -> None:
    await site.sign_in("super")
    status, page = await site.post("/history/mails", WANTED | {"address": "nobody"})
    assert status == 422
    assert "This is no e-mail address" in page
    for wrong in ({"line": "nowhere"}, {"cadence": "hourly"}, {"by": "wait"}):
        status, _ = await site.post("/history/mails", WANTED | wrong)
        assert status == 404
    async with site.context.database.reading() as connection:
        assert (await connection.execute(select(report_orders))).all() == []


async def test_nobody_stops_anothers(site: Site) -> None:
    await site.scene.agent("root", "Nour Haddad", role="admin")
    await site.sign_in("super")
    await site.post("/history/mails", WANTED)
    site.client.session.cookie_jar.clear()
    await site.sign_in("root")
    await site.post("/history/mails/1/stop", {})
    async with site.context.database.reading() as connection:
        assert len((await connection.execute(select(report_orders))).all()) == 1


async def test_the_table_offers_it(site: Site) -> None:
    await site.sign_in("super")
    page = await get(site, "/history")
    assert "There was no call in this period." in page
    assert "/history/mails" not in page
