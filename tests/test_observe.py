"""What the service says of itself, and that no label tells who called."""

from dataclasses import fields

from prometheus_client import CollectorRegistry, generate_latest

from callcenter.ami.status import LinkCounters, LinkStatus
from callcenter.observe import LINK_COUNTERS, Links, Metrics
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
    assert labels == {"line", "outcome", "desk", "pbx", "le"}
    assert b"# HELP callcenter_calls_total Calls that ended." in generate_latest(registry)
