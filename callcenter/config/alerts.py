"""``[[alerts]]``: a monitoring system that sends alerts. ``kind`` says which keys a table has."""

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from callcenter.config.names import Name, Table, Word
from webhooks.ticket import Priority

SECRET = re.compile(r"[A-Za-z0-9_-]{24,128}")
"""Long enough not to be guessed, and a part of an address as it is."""


def _in_an_address(secret: SecretStr) -> SecretStr:
    if not SECRET.fullmatch(secret.get_secret_value()):
        raise PydanticCustomError(
            "alerts_secret",
            "must be 24 to 128 letters, digits, '-' and '_': make one with openssl rand -hex 24",
        )
    return secret


class AlertRule(Table):
    """``[[alerts.rule]]``: for what fits all of its patterns, whose letters may be ``*`` and ``?``.

    ``line`` and ``priority`` are the ticket's. The first rule that fits decides.
    """

    site: Word | None = None
    device: Word | None = None
    severity: Word | None = None
    text: Word | None = None
    line: Name | None = None
    priority: Priority | None = None

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.line is None and self.priority is None:
            raise PydanticCustomError(
                "rule", 'decides nothing: add line = "..." or priority = "high"'
            )
        return self


class AlertsTable(Table):
    """What every kind has.

    ``secret`` is the last part of the address that alerts are sent to, or a bearer token, or a
    password. Their tickets are in the queue of ``line``. Alerts of a device that follow each other
    within ``fold_minutes`` are in one ticket.
    """

    name: Name
    secret: Annotated[SecretStr, AfterValidator(_in_an_address)]
    line: Name
    priority: Priority = "medium"
    fold_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15
    rules: Annotated[tuple[AlertRule, ...], Field(alias="rule")] = ()


class DattoAlerts(AlertsTable):
    """``datto`` is Datto RMM."""

    kind: Literal["datto"]


class PrtgAlerts(AlertsTable):
    """``prtg`` is a PRTG Network Monitor."""

    kind: Literal["prtg"]


class AlertmanagerAlerts(AlertsTable):
    """``alertmanager`` is Prometheus Alertmanager, or Grafana.

    The names of the labels that say which customer's site it is, and which device.
    """

    kind: Literal["alertmanager"]
    site_label: Word = "site"
    device_label: Word = "instance"


Alerts = Annotated[DattoAlerts | PrtgAlerts | AlertmanagerAlerts, Field(discriminator="kind")]
