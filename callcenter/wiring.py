"""Put the parts together: the one module that knows every edge, and the only one that starts them.

PbxLink ── items ──> Follower ── facts ──> Recorder ── commits ──> journal ──> Hub ──> pages
(each PBX)           (Tracker)                        └─> obligations ──> TicketWorker ──> Desk
"""

import asyncio
import contextlib
import random
import signal
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

import dialplan
from callcenter.ami.endpoint import Endpoint
from callcenter.ami.events import EVENTS
from callcenter.ami.link import PbxLink
from callcenter.ami.status import LinkStatus
from callcenter.calls.follower import Follower
from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.config import Http, Line, Pbx, Settings
from callcenter.core import line as core
from callcenter.core.tracker import Tracker
from callcenter.db import retention
from callcenter.db.engine import Database
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import Desk
from callcenter.desks.worker import TicketWorker
from callcenter.errors import CallcenterError
from callcenter.observe import Links, Metrics
from callcenter.web.app import build_app, runner
from callcenter.web.context import WebContext
from callcenter.web.live import Hub

log = structlog.get_logger(__name__)

BACKLOG = 128
"""Connections that wait to be taken, as aiohttp has it."""


class ListenError(CallcenterError):
    """The address of the pages and the API cannot be had."""

    code = "listen"


async def serve(
    settings: Settings, database: Database, *, announce: Callable[[str], None] = lambda _url: None
) -> None:
    """Run the service until SIGTERM or SIGINT; ``announce`` gets the address when pages are there.

    The database is open and migrated. Raises ListenError.
    """
    with _stop_signals() as stop, _listening(settings.http) as listener:
        url = _public_url(settings.http, listener)
        log.info("database.opened", **await database.describe())
        async with Hub(database) as hub:
            parts = _assemble(settings, database, hub, url)
            async with _pages(parts.context, listener), asyncio.TaskGroup() as group:
                tasks = [
                    *(group.create_task(follower.run()) for follower in parts.followers),
                    group.create_task(parts.worker.run(), name="tickets"),
                    group.create_task(retention.run(database, _now), name="retention"),
                ]
                log.info("service.started", url=url)
                if not settings.lines:
                    log.warning(
                        "service.no_line", hint="the configuration has no [[line]] to follow"
                    )
                announce(url)
                await stop.wait()
                log.info("service.stopping")
                for task in tasks:
                    task.cancel()
    log.info("service.stopped")


@dataclass(frozen=True, slots=True)
class _Parts:
    """What runs, and what the pages are given."""

    followers: Sequence[Follower]
    worker: TicketWorker
    context: WebContext


def _assemble(settings: Settings, database: Database, hub: Hub, url: str) -> _Parts:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    worker = TicketWorker(
        database=database,
        desks=_desks(settings, database, url),
        now=_now,
        random=random.Random(),  # noqa: S311  (spreads retries, guards nothing)
        committed=hub.notify,
        count_ticket=metrics.ticketed,
        count_failure=metrics.ticket_failed,
    )

    followers = []
    for pbx in settings.pbxs:
        lines = [line for line in settings.lines if line.pbx == pbx.name]
        recorder = Recorder(
            database=database,
            lines={line.name: LineRecord(line.desk, line.country) for line in lines},
            committed=hub.publish,
            owed=worker.wake,
            count_end=metrics.call_ended,
        )
        followers.append(_follower(pbx, lines, recorder))
    registry.register(Links(lambda: _statuses(followers)))
    context = WebContext(
        database=database,
        hub=hub,
        now=_now,
        public_url=url,
        timezone=ZoneInfo(settings.site.timezone),
        country=settings.site.country,
        lines=tuple(line.name for line in settings.lines),
        readiness=lambda: _readiness(followers),
        metrics=registry,
        line_countries={line.name: line.country for line in settings.lines},
        lookup_tokens={
            pbx.name: pbx.caller_name_token.get_secret_value()
            for pbx in settings.pbxs
            if pbx.caller_name_token
        },
    )
    return _Parts(followers, worker, context)


def endpoint(pbx: Pbx) -> Endpoint:
    """A configured PBX as the AMI edge takes it."""
    return Endpoint(
        name=pbx.name,
        host=pbx.host,
        port=pbx.port,
        username=pbx.username,
        secret=pbx.secret.get_secret_value(),
        tls=pbx.tls,
        ca_file=pbx.ca_file,
        server_hostname=pbx.server_hostname,
        tls_verify=pbx.tls_verify,
    )


def tracked_line(line: Line) -> core.Line:
    """A configured line as call tracking takes it."""
    return core.Line(
        name=line.name,
        extensions=frozenset(dialplan.dialled(line.extension, line.number)),
        queue=line.queue,
        ring=line.ring,
        contexts=frozenset({dialplan.context(line.name)}),
        short_abandon_s=line.short_abandon_s,
    )


def _follower(pbx: Pbx, lines: Iterable[Line], recorder: Recorder) -> Follower:
    link = PbxLink(
        endpoint(pbx),
        wanted=frozenset(EVENTS),
        now=_now,
        random=random.Random(),  # noqa: S311  (spreads reconnections, guards nothing)
    )
    tracker = Tracker(pbx.name, map(tracked_line, lines))
    return Follower(
        link=link, tracker=tracker, recorder=recorder, database=recorder.database, now=_now
    )


def _desks(settings: Settings, database: Database, url: str) -> Mapping[str, Desk]:
    zones = {line.name: ZoneInfo(line.timezone) for line in settings.lines}
    return {
        desk.name: BuiltinDesk(
            name=desk.name, database=database, base_url=url, zones=zones, now=_now
        )
        for desk in settings.desks
    }


def _statuses(followers: Iterable[Follower]) -> Mapping[str, LinkStatus]:
    return {follower.link.endpoint.name: follower.link.status for follower in followers}


def _readiness(followers: Iterable[Follower]) -> Mapping[str, str | None]:
    return {f"pbx.{follower.link.endpoint.name}": _unready(follower) for follower in followers}


def _unready(follower: Follower) -> str | None:
    status = follower.link.status
    if status.state == "in sight":
        return follower.trouble
    return status.last_error or status.state


@contextlib.asynccontextmanager
async def _pages(context: WebContext, listener: socket.socket) -> AsyncIterator[None]:
    """Pages and API, until the end of the block."""
    pages = runner(build_app(context))
    await pages.setup()
    try:
        await web.SockSite(pages, listener, backlog=BACKLOG).start()
        yield
    finally:
        await pages.cleanup()


@contextlib.contextmanager
def _listening(http: Http) -> Iterator[socket.socket]:
    """The socket for pages and API, taken before anything else is begun. Raises ListenError."""
    family = socket.AF_INET6 if ":" in http.host else socket.AF_INET
    try:
        listener = socket.create_server((http.host, http.port), family=family, backlog=BACKLOG)
    except (OSError, UnicodeError) as error:  # what no host can be called is not even asked for
        raise ListenError(
            f"cannot listen on {http.host} port {http.port} "
            f"({getattr(error, 'strerror', None) or error}): "
            "choose another [http] host or port, or stop what is there"
        ) from error
    with listener:
        yield listener


def _public_url(http: Http, listener: socket.socket) -> str:
    return http.model_copy(update={"port": listener.getsockname()[1]}).url


@contextlib.contextmanager
def _stop_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set, until the end of the block."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)


def _now() -> datetime:
    return datetime.now(UTC)
