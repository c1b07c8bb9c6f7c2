"""The jobs that one instance does at a time, as they are when somebody asks.

Their label is ``name``: Prometheus has a ``job`` of its own.
"""

from collections.abc import Callable, Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from callcenter.db.tenure import Tenure

PREFIX = "job:"


class Jobs(Collector):
    """``registry.register(Jobs(...))``; ``tenures`` gives this instance's part in each."""

    def __init__(self, tenures: Callable[[], Iterable[Tenure]]) -> None:
        self._tenures = tenures

    def collect(self) -> Iterator[Metric]:
        """Whose each is."""
        running = GaugeMetricFamily(
            "callcenter_job_running",
            "1 while this instance does the job, 0 while it stands by for another that does.",
            labels=["name"],
        )
        unattended = GaugeMetricFamily(
            "callcenter_job_unattended",
            "1 while no instance is known to do the job.",
            labels=["name"],
        )
        for tenure in self._tenures():
            if tenure.name.startswith(PREFIX):
                name = [tenure.name.removeprefix(PREFIX)]
                running.add_metric(name, float(tenure.is_ours))
                unattended.add_metric(name, float(tenure.waits_because is not None))
        yield from (running, unattended)
