"""What the service measures of itself, beside HTTP.

Labels name parts of the site (a PBX, a line, a desk), never a caller, an agent or a number.
"""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from callcenter.ami.status import LinkStatus

DELAY_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)
"""From the answer to the ticket: at once, or after an outage of the desk."""

LINK_COUNTERS = {
    "logins": "Logins to the PBX's manager.",
    "refusals": "Times that the PBX refused us, or we its certificate.",
    "losses": "Connections lost after the PBX was in sight.",
    "snapshots": "Snapshots taken.",
    "pauses": "Times that reading stopped because the inbox was full.",
    "bytes": "Bytes read.",
    "messages": "AMI messages read.",
    "events": "AMI events kept.",
}
"""Those of LinkCounters, each with its help."""


class Metrics:
    """What is counted when it happens. One a registry: it takes each name once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ProcessCollector(registry=registry)
        self._calls = Counter(
            "callcenter_calls", "Calls that ended.", ["line", "outcome"], registry=registry
        )
        self._ticket_delay = Histogram(
            "callcenter_ticket_delay_seconds",
            "From the answer to the ticket that the desk confirmed.",
            ["desk"],
            buckets=DELAY_BUCKETS_S,
            registry=registry,
        )
        self._ticket_failures = Counter(
            "callcenter_ticket_failures",
            "Attempts after which a desk had confirmed no ticket.",
            ["desk"],
            registry=registry,
        )

        self._alert_deliveries = Counter(
            "callcenter_alert_deliveries",
            "Requests of monitoring systems, by what became of them.",
            ["source", "result"],
            registry=registry,
        )
        self._desk_hooks = Counter(
            "callcenter_desk_webhooks",
            "Webhooks of desks, by what became of them.",
            ["desk", "result"],
            registry=registry,
        )
        self._alerts = Counter(
            "callcenter_alerts",
            "Alerts, by what they were.",
            ["source", "what"],
            registry=registry,
        )

    def call_ended(self, line: str, outcome: str) -> None:
        """A call has its outcome."""
        self._calls.labels(line, outcome).inc()

    def ticketed(self, desk: str, delay_s: float) -> None:
        """A desk confirmed a ticket, so long after the answer."""
        self._ticket_delay.labels(desk).observe(delay_s)

    def ticket_failed(self, desk: str) -> None:
        """An attempt ended without a confirmed ticket."""
        self._ticket_failures.labels(desk).inc()

    def alerts_delivered(self, source: str, result: str) -> None:
        """A monitoring system sent something: ``taken``, ``again``, ``tried``, or refused."""
        self._alert_deliveries.labels(source, result).inc()

    def hook_heard(self, desk: str, result: str) -> None:
        """A desk told of a ticket: ``taken``, ``again``, or refused."""
        self._desk_hooks.labels(desk, result).inc()

    def alert_written(self, source: str, what: str) -> None:
        """An alert was written down."""
        self._alerts.labels(source, what).inc()


class Links(Collector):
    """The connections to the PBXs, read when somebody asks: ``registry.register(Links(...))``.

    ``statuses`` gives each link's status by the PBX's name, None where another instance has it.
    """

    def __init__(self, statuses: Callable[[], Mapping[str, LinkStatus | None]]) -> None:
        self._statuses = statuses

    def collect(self) -> Iterator[Metric]:
        """One family a figure."""
        found = self._statuses()
        followed = GaugeMetricFamily(
            "callcenter_pbx_followed",
            "1 while this instance follows the PBX, 0 while it stands by for another that does.",
            labels=["pbx"],
        )
        for pbx, one in found.items():
            followed.add_metric([pbx], float(one is not None))
        yield followed
        yield from self._of_links({pbx: one for pbx, one in found.items() if one})

    def _of_links(self, statuses: Mapping[str, LinkStatus]) -> Iterator[Metric]:
        sight = GaugeMetricFamily(
            "callcenter_pbx_in_sight", "1 while the PBX is seen.", labels=["pbx"]
        )
        waiting = GaugeMetricFamily(
            "callcenter_ami_waiting_events", "AMI events read and not tracked yet.", labels=["pbx"]
        )
        for pbx, status in statuses.items():
            sight.add_metric([pbx], float(status.state == "in sight"))
            waiting.add_metric([pbx], status.waiting_events)
        yield from (sight, waiting)
        for name, help_text in LINK_COUNTERS.items():
            family = CounterMetricFamily(f"callcenter_ami_{name}", help_text, labels=["pbx"])
            for pbx, status in statuses.items():
                family.add_metric([pbx], getattr(status.counters, name))
            yield family
