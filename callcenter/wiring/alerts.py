"""The configured monitoring systems."""

from collections.abc import Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from callcenter import config
from callcenter.alerts import datto, prtg
from callcenter.alerts.alertmanager import Alertmanager
from callcenter.alerts.payload import Parse
from callcenter.alerts.source import Source
from callcenter.config import Settings
from callcenter.core.routing import Route, Routing, Rule


def sources(settings: Settings) -> Mapping[str, Source]:
    """Each by its name."""
    zones = {line.name: ZoneInfo(line.timezone) for line in settings.lines}
    return {
        table.name: Source(
            name=table.name,
            secret=table.secret.get_secret_value(),
            parse=_parser(table),
            routing=_routing(table),
            fold=timedelta(minutes=table.fold_minutes),
            zones=zones,
        )
        for table in settings.alerts
    }


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
