"""A whole site for browsers: its pages, served from a database in which it is morning."""

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from aiohttp import web
from playwright.async_api import BrowserContext
from prometheus_client import CollectorRegistry

from callcenter.core.enforcement import Policy
from callcenter.db import agents, customer_sessions, customers, sessions, team
from callcenter.db.engine import Database
from callcenter.db.migrate import upgrade
from callcenter.db.rights import Right
from callcenter.db.trail import By
from callcenter.web.app import build_app, runner
from callcenter.web.context import AlertInbox, Portal, WebContext
from callcenter.web.entrance import PASSWORDS
from callcenter.web.live import Hub
from callcenter.web.passwords import Passwords
from tests.alerts.sources import SOURCES
from tests.web.browser import correspondence, monitoring, month
from tests.web.browser.cast import LINES
from tests.web.browser.morning import Morning
from tests.web.conftest import QUICK_HASHER
from tests.web.scene import PASSWORD, PUBLIC_URL, Clock, Scene

PARIS = ZoneInfo("Europe/Paris")


@dataclass
class House:
    """The running site, and what there is to see in it."""

    address: str
    app: web.Application
    morning: Morning
    _cookies: dict[str, Any] = field(default_factory=dict)

    async def let_in(self, context: BrowserContext, login: str | None) -> None:
        """Sign that agent or customer in with this browser; None: nobody is signed in any more."""
        await context.clear_cookies()
        if login is None:
            return
        if login not in self._cookies:
            name, token = await self._open_session(login)
            self._cookies[login] = {"name": name, "value": token, "url": self.address}
        await context.add_cookies([self._cookies[login]])

    async def _open_session(self, login: str) -> tuple[str, str]:
        scene = self.morning.scene
        async with scene.database.transaction() as connection:
            if agent := await agents.by_login(connection, login):
                session = await sessions.create(connection, agent, scene.clock())
                return "callcenter", session.token
            customer = await customers.by_login(connection, login)
            assert customer, login
            found = await customer_sessions.create(connection, customer, scene.clock())
            return "callcenter-portal", found.token


@asynccontextmanager
async def house(folder: Path, language: str) -> AsyncIterator[House]:
    """Open it; what people typed there is in that language."""
    async with (
        Database.open(f"sqlite+aiosqlite:///{folder / 'house.db'}") as database,
        _hub(database) as hub,
    ):
        scene = Scene(database, hub, Clock(), QUICK_HASHER.hash(PASSWORD))
        morning = Morning(scene, language)
        await morning.prepare()
        async with database.transaction() as connection:
            by = By(None, scene.clock())
            await team.grant(connection, "super", Right.RECORDINGS, by=by)
        await correspondence.write(morning)
        await monitoring.write(morning)
        await month.write(morning)
        app = build_app(_context(scene, folder))
        app[PASSWORDS] = Passwords(QUICK_HASHER)
        server = runner(app)
        await server.setup()
        await web.TCPSite(server, "127.0.0.1", 0).start()
        name, port = server.addresses[0][:2]
        yield House(f"http://{name}:{port}", app, morning)
        await server.cleanup()


@asynccontextmanager
async def _hub(database: Database) -> AsyncIterator[Hub]:
    await upgrade(database)
    async with Hub(database) as hub:
        yield hub


def _context(scene: Scene, folder: Path) -> WebContext:
    return WebContext(
        database=scene.database,
        hub=scene.hub,
        now=scene.clock,
        public_url=PUBLIC_URL,
        timezone=PARIS,
        country="FR",
        lines=LINES,
        readiness=dict,
        metrics=CollectorRegistry(),
        confirm_exemptions=True,
        policies={line: Policy() for line in LINES},
        pause_reasons=("break", "lunch", "meeting", "training", "Inventaire"),
        portal=Portal("support", PARIS),
        sends_mail=True,
        alerts=AlertInbox(sources=SOURCES),
        recordings={"main": Recorded(folder)},
    )


class Recorded:
    """A recording that every call has: a second of silence."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "silence.wav"
        with wave.open(str(self.path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(bytes(16_000))

    def of_call(self, _ids: object, *_moments: object) -> list[Path]:
        """The file."""
        return [self.path]
