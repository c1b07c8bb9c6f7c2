"""The configured monitoring systems, and the desks over a network that make their tickets."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from callcenter import config
from callcenter.alerts import datto, prtg
from callcenter.alerts.alertmanager import Alertmanager
from callcenter.alerts.payload import Parse
from callcenter.alerts.source import Source
from callcenter.config import Settings
from callcenter.core.routing import Route, Routing, Rule
from callcenter.desks.alerting import AlertDesk
from callcenter.desks.desk import Desk


def sources(settings: Settings) -> Mapping[str, Source]:
    """Each by its name."""
    zones = {line.name: ZoneInfo(line.timezone) for line in settings.lines}
    remote = {desk.name for desk in settings.desks if not isinstance(desk, config.BuiltinDesk)}
    desks = {line.name: line.desk for line in settings.lines if line.desk in remote}
    return {
        table.name: Source(
            name=table.name,
            secret=table.secret.get_secret_value(),
            parse=_parser(table),
            routing=_routing(table),
            fold=timedelta(minutes=table.fold_minutes),
            zones=zones,
            desks=desks,
        )
        for table in settings.alerts
    }


def alert_desks(
    settings: Settings, desks: Mapping[str, Desk], count_failure: Callable[[str], None]
) -> Sequence[AlertDesk]:
    """A job for each desk over a network that is to make tickets of alerts."""
    lines = {
        name
        for table in settings.alerts
        for name in (table.line, *(rule.line for rule in table.rules))
    }
    wanted = {line.desk for line in settings.lines if line.name in lines}
    spread = random.Random()  # noqa: S311  (spreads retries, guards nothing)
    return [
        AlertDesk(desk=desks[desk.name], random=spread, count_failure=count_failure)
        for desk in settings.desks
        if desk.name in wanted and not isinstance(desk, config.BuiltinDesk)
    ]


def _parser(table: config.Alerts) -> Parse:
    match table:
        case config.DattoAlerts():
            return datto.parse
        case config.PrtgAlerts():
            return prtg.parse
        case config.AlertmanagerAlerts():
            return Alertmanager(table.site_label, table.device_label).parse


def _routing(table: config.Alerts) -> Routing:
    rules = tuple(
        Rule(
            site=rule.site,
            device=rule.device,
            severity=rule.severity,
            text=rule.text,
            line=rule.line,
            priority=rule.priority,
        )
        for rule in table.rules
    )
    return Routing(Route(table.line, table.priority), rules)
