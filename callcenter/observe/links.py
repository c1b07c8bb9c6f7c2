"""The connections to the PBXs, as they are when somebody asks."""

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from callcenter.ami.status import LinkStatus

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


class Links(Collector):
    """``registry.register(Links(...))``.

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
