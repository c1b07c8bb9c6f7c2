"""What the service says of itself, and that no label tells who called."""

import asyncio
import time
from dataclasses import fields

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from callcenter.ami.status import LinkCounters, LinkStatus
from callcenter.db.engine import Database
from callcenter.db.tenure import Instance
from callcenter.observe import LINK_COUNTERS, Jobs, Links, Metrics, pulse, watch_loop
from tests.calls.facts import START


def test_calls_and_tickets_are_counted() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.call_ended("support", "answered")
    metrics.call_ended("support", "answered")
    metrics.call_ended("sales", "overflow")
    metrics.ticketed("builtin", 0.03)
    metrics.ticketed("builtin", 7200)
    metrics.ticket_failed("autotask")

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert value("callcenter_calls_total", line="support", outcome="answered") == 2
    assert value("callcenter_calls_total", line="sales", outcome="overflow") == 1
    bucket = "callcenter_ticket_delay_seconds_bucket"
    assert value(bucket, desk="builtin", le="0.05") == 1
    assert value(bucket, desk="builtin", le="3600.0") == 1
    assert value("callcenter_ticket_delay_seconds_count", desk="builtin") == 2
    assert value("callcenter_ticket_failures_total", desk="autotask") == 1
    assert value("process_resident_memory_bytes") is not None


def test_links_are_read_when_somebody_asks() -> None:
    statuses: dict[str, LinkStatus] = {}
    registry = CollectorRegistry()
    registry.register(Links(lambda: statuses))
    assert registry.get_sample_value("callcenter_pbx_in_sight", {"pbx": "main"}) is None
    for state, seen in (("connecting", 0), ("in sight", 1), ("out of sight", 0), ("refused", 0)):
        counters = LinkCounters(events=40, bytes=9_000)
        statuses["main"] = LinkStatus(state, START, None, 3, False, counters)  # type: ignore[arg-type]
        assert registry.get_sample_value("callcenter_pbx_in_sight", {"pbx": "main"}) == seen
    assert registry.get_sample_value("callcenter_ami_waiting_events", {"pbx": "main"}) == 3
    assert registry.get_sample_value("callcenter_ami_events_total", {"pbx": "main"}) == 40
    assert registry.get_sample_value("callcenter_ami_bytes_total", {"pbx": "main"}) == 9_000


def test_a_pbx_that_another_instance_follows_is_no_pbx_out_of_sight() -> None:
    statuses: dict[str, LinkStatus | None] = {"main": None}
    registry = CollectorRegistry()
    registry.register(Links(lambda: statuses))
    assert registry.get_sample_value("callcenter_pbx_followed", {"pbx": "main"}) == 0
    assert registry.get_sample_value("callcenter_pbx_in_sight", {"pbx": "main"}) is None
    statuses["main"] = LinkStatus("in sight", START, None, 0, False, LinkCounters())
    assert registry.get_sample_value("callcenter_pbx_followed", {"pbx": "main"}) == 1
    assert registry.get_sample_value("callcenter_pbx_in_sight", {"pbx": "main"}) == 1


def test_every_counter_shown_is_one_that_a_link_keeps() -> None:
    assert set(LINK_COUNTERS) <= {field.name for field in fields(LinkCounters)}


def test_labels_name_parts_of_the_site_alone() -> None:
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    metrics.call_ended("support", "answered")
    metrics.ticketed("builtin", 1)
    metrics.ticket_failed("builtin")
    metrics.desk_asked("autotask", "2xx", 0.3)
    metrics.webhook_tried("accepted", 0.2)
    metrics.event_written("main", 0.02)
    metrics.transacted("write", "done", 0.003)
    metrics.lagged(0.001)
    counters = LinkCounters()
    registry.register(
        Links(lambda: {"main": LinkStatus("in sight", START, None, 0, False, counters)})
    )
    labels = {
        label
        for family in registry.collect()
        if family.name.startswith("callcenter")
        for sample in family.samples
        for label in sample.labels
    }
    assert labels == {"line", "outcome", "desk", "pbx", "result", "kind", "version", "le"}
    assert b"# HELP callcenter_calls_total Calls that ended." in generate_latest(registry)


async def test_whose_jobs_are_is_shown(sqlite_database: Database) -> None:
    entered = asyncio.Event()

    async def work(_database: Database) -> None:
        entered.set()
        await asyncio.Event().wait()

    registry = CollectorRegistry()
    async with Instance.on(sqlite_database) as instance:
        audit, pbx = instance.tenure("job:audit", work), instance.tenure("pbx:main", work)
        instance.tenure("job:alerts", work)  # that nobody runs
        registry.register(Jobs(lambda: [*instance.tenures, pbx]))

        def value(name: str) -> float | None:
            return registry.get_sample_value(name, {"name": "audit"})

        assert value("callcenter_job_running") is None
        task = asyncio.create_task(audit.run())
        await entered.wait()
        assert (value("callcenter_job_running"), value("callcenter_job_unattended")) == (1, 0)
        assert registry.get_sample_value("callcenter_job_running", {"name": "alerts"}) is None
        task.cancel()
        await asyncio.wait([task])
        assert value("callcenter_job_running") is None
    assert b"main" not in generate_latest(registry)  # a PBX is no job


async def test_transactions_are_measured_with_the_wait_for_their_turn(
    sqlite_database: Database,
) -> None:
    found: list[tuple[str, str]] = []
    sqlite_database.measure = lambda kind, result, seconds: found.append((kind, result))
    async with sqlite_database.transaction():
        pass
    with pytest.raises(ZeroDivisionError):
        async with sqlite_database.reading():
            raise ZeroDivisionError
    assert found == [("write", "done"), ("read", "failed")]


async def test_a_loop_that_is_held_up_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "EVERY_S", 0.01)
    late: list[float] = []
    task = asyncio.create_task(watch_loop(late.append))
    while not late:
        await asyncio.sleep(0)
        time.sleep(0.05)  # noqa: ASYNC251  (what must not be done)
    task.cancel()
    assert max(late) > 0.01
