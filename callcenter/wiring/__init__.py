"""Put the parts together: the one module that knows every edge, and the only one that starts them.

PbxLink ── items ──> Follower ── facts ──> Recorder ── commits ──> journal ──> Hub ──> pages
(each PBX)           (Tracker)                        └─> obligations ──> TicketWorker ──> Desk

Desk ── webhooks, polls ──> DeskFollower ──> obligations;  what agents say ──> DeskFollower ──> Desk

alerts ──> AlertWorker ──> tickets of the built-in desk
                       └─> AlertDesk (each desk over a network)

journal ──> Postman ── signed ──> destinations of webhooks
        └─> Counting ──> figures ──> pages, Reporter ──> mail server

commits ──> FloorKeeper ── states, blocks ──> Steering ── actions ──> PbxLink

Of several instances on one database, each PBX is followed by the one that has its lease (Tenure).
Pages, tickets and webhooks are everybody's.
"""

import asyncio
import random
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from prometheus_client import CollectorRegistry

from callcenter.alerts.worker import AlertWorker
from callcenter.ami.events import EVENTS
from callcenter.ami.link import PbxLink
from callcenter.calls.auditor import Auditor
from callcenter.calls.follower import Follower
from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.calls.tenure import PbxTenure
from callcenter.config import Line, Pbx, Settings
from callcenter.core.tracker import Tracker
from callcenter.db import retention
from callcenter.db.engine import Database
from callcenter.db.tenure import Instance
from callcenter.desks.desk import Desk, Writes
from callcenter.desks.worker import TicketWorker
from callcenter.hooks.sender import Sender
from callcenter.observe import Jobs, Links, Metrics, watch_loop
from callcenter.records.source import Source
from callcenter.web.context import AlertInbox, HookInbox, Portal, WebContext
from callcenter.web.live import Hub
from callcenter.wiring.alerts import alert_desks, sources
from callcenter.wiring.audit import comparer, records_of
from callcenter.wiring.bell import Bell
from callcenter.wiring.desks import followers, hearing, open_desks, synchronisers
from callcenter.wiring.figures import counting
from callcenter.wiring.floor import Floor
from callcenter.wiring.listening import ListenError, listening, pages, public_url
from callcenter.wiring.mail import reporter
from callcenter.wiring.pbx import endpoint, tracked_line, way_out
from callcenter.wiring.privacy import ageing, recordings, recordings_ageing
from callcenter.wiring.stopping import until_told
from callcenter.wiring.wallboard import line_rules
from callcenter.wiring.webhooks import postman

__all__ = ["ListenError", "endpoint", "serve", "tracked_line", "until_told"]

log = structlog.get_logger(__name__)


async def serve(
    settings: Settings, database: Database, *, announce: Callable[[str], None] = lambda _url: None
) -> None:
    """Run the service until it is cancelled; ``announce`` gets the address when pages are there.

    The database is open and migrated. Raises ListenError.
    """
    with listening(settings.http) as listener:
        await _serve(settings, database, listener, announce)


async def _serve(
    settings: Settings, database: Database, listener: socket.socket, announce: Callable[[str], None]
) -> None:
    url = public_url(settings.http, listener)
    log.info("database.opened", **await database.describe())
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    database.measure = metrics.transacted
    async with (
        Hub(database) as hub,
        Instance.on(database) as instance,
        open_desks(settings, database, url, _now, measure=metrics.desk_asked) as desks,
        Sender.open() as sender,
    ):
        measuring = _Measuring(registry, metrics)
        parts = _assemble(
            settings, instance, hub, desks, sender=sender, measuring=measuring, url=url
        )
        async with pages(parts.context, listener), asyncio.TaskGroup() as group:
            for job in parts.jobs:
                group.create_task(_run(job))
            log.info("service.started", url=url, instance=instance.name)
            if not settings.lines:
                log.warning("service.no_line", hint="the configuration has no [[line]] to follow")
            announce(url)


@dataclass(frozen=True, slots=True)
class _Measuring:
    """Where measurements are kept, and what takes them."""

    registry: CollectorRegistry
    metrics: Metrics


@dataclass(frozen=True, slots=True)
class _Parts:
    """What the pages are given, and what runs beside them until it is cancelled."""

    context: WebContext
    jobs: Sequence[Callable[[], Awaitable[None]]]


async def _run(job: Callable[[], Awaitable[None]]) -> None:
    await job()


def _assemble(
    settings: Settings,
    instance: Instance,
    hub: Hub,
    desks: Mapping[str, Desk],
    *,
    sender: Sender,
    measuring: _Measuring,
    url: str,
) -> _Parts:
    database, metrics = instance.database, measuring.metrics
    worker = TicketWorker(
        database=database,
        desks=desks,
        now=_now,
        random=random.Random(),  # noqa: S311  (spreads retries, guards nothing)
        committed=hub.notify,
        count_ticket=metrics.ticketed,
        count_failure=metrics.ticket_failed,
    )

    def follower(pbx: Pbx, database: Database) -> Follower:
        lines = [line for line in settings.lines if line.pbx == pbx.name]
        recorder = Recorder(
            database=database,
            lines={line.name: LineRecord(line.desk, line.country) for line in lines},
            committed=hub.publish,
            owed=worker.wake,
            count_end=metrics.call_ended,
            base_url=url,
        )
        measure = partial(metrics.event_written, pbx.name)
        return _follower(pbx, lines, recorder, records_of(settings, pbx), measure)

    tenures = [PbxTenure(pbx.name, instance, partial(follower, pbx)) for pbx in settings.pbxs]

    def dial() -> None:
        for tenure in tenures:
            tenure.dial()

    auditor = Auditor(
        comparer=comparer(settings, database, desks, _now),
        timezone=ZoneInfo(settings.site.timezone),
        every=timedelta(minutes=settings.audit.every_minutes),
        night_hour=settings.audit.night_hour,
        now=_now,
        committed=hub.notify,
        owed=worker.wake,
    )
    audits = instance.tenure("job:audit", auditor.work)
    floor = Floor.of(settings, url, hub, tenures, _now)
    telling = postman(database, sender, metrics.webhook_tried)
    keeping = instance.tenure("job:floor", floor.keeper.work)
    wanting = alert_desks(settings, desks, metrics.ticket_failed)

    def alerts_written() -> None:
        hub.notify()
        for one in wanting:
            one.wake()

    alerting = AlertWorker(
        sources=sources(settings),
        base_url=url,
        now=_now,
        committed=alerts_written,
        count=metrics.alert_written,
    )
    heeding = instance.tenure("job:alerts", alerting.work)
    tallying = counting(settings, _now)
    aged = ageing(settings, tallying.slot_of)
    removal = instance.tenure("job:retention", partial(retention.run, now=_now, ageing=aged))
    following = followers(settings, desks, committed=hub.notify, owed=worker.wake)
    looking = [instance.tenure(f"job:desk:{name}", one.work) for name, one in following.items()]
    recorded = recordings(settings)
    context = WebContext(
        database=database,
        hub=hub,
        now=_now,
        public_url=url,
        timezone=ZoneInfo(settings.site.timezone),
        country=settings.site.country,
        lines=tuple(line.name for line in settings.lines),
        readiness=lambda: {f"pbx.{tenure.pbx}": tenure.unready for tenure in tenures},
        standing_by=lambda: [f"pbx.{one.pbx}" for one in tenures if one.status is None],
        metrics=measuring.registry,
        owed=worker.wake,
        dial=dial,
        confirm_exemptions=settings.exemptions.confirm,
        announces_supervision=settings.supervision.announce,
        line_pbxs={line.name: line.pbx for line in settings.lines},
        line_zones={line.name: ZoneInfo(line.timezone) for line in settings.lines},
        line_countries={line.name: line.country for line in settings.lines},
        floor_changed=floor.keeper.wake,
        policies=floor.keeper.policies,
        pause_reasons=settings.pauses.reasons,
        sends_mail=settings.mail is not None,
        portal=_portal(settings),
        webhooks_changed=telling.change,
        test_webhook=telling.test,
        hooks=HookInbox(
            desks=hearing(desks),
            received=lambda desk: following[desk].wake(),
            count=metrics.hook_heard,
        ),
        wallboard={line.name: line_rules(line) for line in settings.lines},
        recordings=recorded,
        writing_desks=frozenset(name for name in following if isinstance(desks[name], Writes)),
        alerts=AlertInbox(
            sources=alerting.sources, received=alerting.wake, count=metrics.alerts_delivered
        ),
        lookup_tokens={
            pbx.name: pbx.caller_name_token.get_secret_value()
            for pbx in settings.pbxs
            if pbx.caller_name_token
        },
    )
    bell = Bell(hub, (telling, tallying))
    jobs = [
        worker.run,
        audits.run,
        removal.run,
        keeping.run,
        instance.tenure("job:figures", tallying.work).run,
        *([heeding.run] if alerting.sources else []),
        *(instance.tenure(f"job:alerts:{one.desk.name}", one.work).run for one in wanting),
        floor.watch,
        telling.run,
        bell.watch,
    ]
    jobs += [partial(watch_loop, metrics.lagged), *(one.run for one in looking)]
    jobs += [
        instance.tenure(f"job:directory:{name}", one.work).run
        for name, one in synchronisers(settings, desks).items()
    ]
    measuring.registry.register(Links(lambda: {one.pbx: one.status for one in tenures}))
    measuring.registry.register(Jobs(lambda: instance.tenures))
    old_recordings = recordings_ageing(settings, recorded, _now)
    if old_recordings is not None:
        jobs.append(instance.tenure("job:recordings", old_recordings.work).run)
    sending = reporter(settings, context, _now)
    if sending is not None:
        jobs.append(instance.tenure("job:reports", sending.work).run)
    return _Parts(context, [*(tenure.run for tenure in tenures), *jobs])


def _portal(settings: Settings) -> Portal | None:
    zones = {line.name: ZoneInfo(line.timezone) for line in settings.lines}
    line = settings.portal.line if settings.portal.enabled else None
    return Portal(line, zones[line]) if line else None


def _follower(
    pbx: Pbx,
    lines: Sequence[Line],
    recorder: Recorder,
    records: Sequence[Source],
    measure: Callable[[float], None],
) -> Follower:
    link = PbxLink(
        endpoint(pbx),
        wanted=frozenset(EVENTS),
        now=_now,
        random=random.Random(),  # noqa: S311  (spreads reconnections, guards nothing)
    )
    tracker = Tracker(pbx.name, map(tracked_line, lines))
    return Follower(
        link=link,
        tracker=tracker,
        recorder=recorder,
        database=recorder.database,
        now=_now,
        records=records,
        ways_out={line.name: way_out(pbx, line) for line in lines},
        measure=measure,
    )


def _now() -> datetime:
    return datetime.now(UTC)
