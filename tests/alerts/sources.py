"""Monitoring systems as a test has them configured, one of each kind."""

from datetime import UTC, timedelta

from callcenter.alerts import datto, prtg
from callcenter.alerts.alertmanager import Alertmanager
from callcenter.alerts.source import Source
from callcenter.core.routing import Route, Routing, Rule

SECRET = "a-secret-of-the-tests-alone"
FOLD = timedelta(minutes=15)
ROUTING = Routing(
    Route("support", "medium"), (Rule(severity="down", device="fw-*", priority="critical"),)
)
PARSERS = {
    "rmm": datto.parse,
    "prtg": prtg.parse,
    "prometheus": Alertmanager("site", "instance").parse,
}

SOURCES = {
    name: Source(
        name=name,
        secret=SECRET,
        parse=parse,
        routing=ROUTING,
        fold=FOLD,
        zones={"support": UTC},
    )
    for name, parse in PARSERS.items()
}
