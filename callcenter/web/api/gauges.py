"""Gauges of what the database has: read when somebody asks, the same at every instance."""

import math
from datetime import datetime

from prometheus_client import CollectorRegistry, Gauge

from callcenter.db.gauges import Debts, Gauges


class DatabaseGauges:
    """One an application. What the database does not tell is NaN."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._up = Gauge(
            "callcenter_database_up", "1 while the database answers in time.", registry=registry
        )
        self._obligations = Gauge(
            "callcenter_obligations",
            "Answered calls: open without a ticket, stuck as the desk refuses it for good, ticketed"
            " where the agent has yet to say what it was.",
            ["state"],
            registry=registry,
        )
        self._oldest = Gauge(
            "callcenter_oldest_obligation_seconds",
            "Since the oldest answer of these; 0 without any.",
            ["state"],
            registry=registry,
        )
        self._desk_events = Gauge(
            "callcenter_desk_events_waiting",
            "Changes of tickets in a desk that were not looked at yet.",
            ["desk"],
            registry=registry,
        )
        self._desk_writes = Gauge(
            "callcenter_desk_writes_waiting",
            "Calls of which a desk's ticket does not say yet what was said here.",
            ["desk"],
            registry=registry,
        )
        self._deliveries = Gauge(
            "callcenter_webhook_deliveries_waiting",
            "Messages for destinations that are switched on, and have not accepted them yet.",
            registry=registry,
        )
        self._oldest_delivery = Gauge(
            "callcenter_oldest_webhook_delivery_seconds",
            "Since what the oldest of these tells; 0 without any.",
            registry=registry,
        )
        self._destinations = Gauge(
            "callcenter_webhook_destinations",
            "Destinations of webhooks: well, failing, or off.",
            ["state"],
            registry=registry,
        )

    def show(self, found: Gauges, now: datetime) -> None:
        """The database told."""
        self._up.set(1)
        for state, debts in found.obligations.items():
            self._obligations.labels(state).set(debts.count)
            self._oldest.labels(state).set(_age_s(debts, now))
        for gauge, by_desk in (
            (self._desk_events, found.desk_events),
            (self._desk_writes, found.desk_writes),
        ):
            gauge.clear()
            for desk, count in by_desk.items():
                gauge.labels(desk).set(count)
        self._deliveries.set(found.deliveries.count)
        self._oldest_delivery.set(_age_s(found.deliveries, now))
        for state, count in found.destinations.items():
            self._destinations.labels(state).set(count)

    def away(self) -> None:
        """The database did not."""
        self._up.set(0)
        for state in ("open", "stuck", "ticketed"):
            self._obligations.labels(state).set(math.nan)
            self._oldest.labels(state).set(math.nan)
        for state in ("well", "failing", "off"):
            self._destinations.labels(state).set(math.nan)
        self._desk_events.clear()
        self._desk_writes.clear()
        self._deliveries.set(math.nan)
        self._oldest_delivery.set(math.nan)


def _age_s(debts: Debts, now: datetime) -> float:
    return max(0.0, (now - debts.oldest_at).total_seconds()) if debts.oldest_at else 0.0
