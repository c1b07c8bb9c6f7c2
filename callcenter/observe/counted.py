"""What is counted when it happens."""

from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, ProcessCollector

DELAY_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)
"""From the answer to the ticket: at once, or after an outage of the desk."""

REQUEST_BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)
"""Of what is asked over a network, up to its time-out."""

MOMENT_BUCKETS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
"""Of what is done here: a card is to be there within a tenth of a second."""


class Metrics:
    """One a registry: it takes each name once."""

    def __init__(self, registry: CollectorRegistry) -> None:
        ProcessCollector(registry=registry)
        Info("callcenter_build", "Which callcenter this is.", registry=registry).info(
            {"version": version("callcenter")}
        )
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
        self._desk_requests = Histogram(
            "callcenter_desk_request_seconds",
            "Requests to a desk, by the class of their status or why there was no answer.",
            ["desk", "result"],
            buckets=REQUEST_BUCKETS_S,
            registry=registry,
        )
        self._webhook_attempts = Histogram(
            "callcenter_webhook_attempt_seconds",
            "Attempts to tell a destination of webhooks, by what came of them.",
            ["result"],
            buckets=REQUEST_BUCKETS_S,
            registry=registry,
        )
        self._events = Histogram(
            "callcenter_pbx_event_seconds",
            "From the arrival of what a PBX says to its commit, which the cards follow at once.",
            ["pbx"],
            buckets=MOMENT_BUCKETS_S,
            registry=registry,
        )
        self._transactions = Histogram(
            "callcenter_database_transaction_seconds",
            "Transactions, with the wait for their turn; those that only read apart.",
            ["kind", "result"],
            buckets=MOMENT_BUCKETS_S,
            registry=registry,
        )
        self._lag = Histogram(
            "callcenter_event_loop_lag_seconds",
            "How late the event loop came to a timer.",
            buckets=MOMENT_BUCKETS_S,
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

    def desk_asked(self, desk: str, result: str, seconds: float) -> None:
        """A request to a desk was answered (``2xx``), or was not (``timed_out``)."""
        self._desk_requests.labels(desk, result).observe(seconds)

    def webhook_tried(self, result: str, seconds: float) -> None:
        """A destination was told: ``accepted``, ``refused``, or why there was no answer."""
        self._webhook_attempts.labels(result).observe(seconds)

    def event_written(self, pbx: str, seconds: float) -> None:
        """What a PBX said was committed, so long after it came."""
        self._events.labels(pbx).observe(seconds)

    def transacted(self, kind: str, result: str, seconds: float) -> None:
        """A transaction ended: ``write`` or ``read``, ``done`` or ``failed``."""
        self._transactions.labels(kind, result).observe(seconds)

    def lagged(self, seconds: float) -> None:
        """The event loop came so late to a timer."""
        self._lag.observe(seconds)

    def alerts_delivered(self, source: str, result: str) -> None:
        """A monitoring system sent something: ``taken``, ``again``, ``tried``, or refused."""
        self._alert_deliveries.labels(source, result).inc()

    def hook_heard(self, desk: str, result: str) -> None:
        """A desk told of a ticket: ``taken``, ``again``, or refused."""
        self._desk_hooks.labels(desk, result).inc()

    def alert_written(self, source: str, what: str) -> None:
        """An alert was written down."""
        self._alerts.labels(source, what).inc()
