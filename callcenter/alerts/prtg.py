"""PRTG: a form, as docs/alerts.md has it for "Execute HTTP Action".

A sensor is one thing that is down or up again; PRTG has no word for one time that it was down. Its
status comes in the words of PRTG's language, with more behind them: "Down (Acknowledged)", "Down
ended (now: Up)". So the template says itself which of the two it is sent for, as ``state``; without
that the words that are known decide, and one that is not known is a trouble rather than nothing.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from callcenter.alerts.payload import Payload, PayloadError, text_of
from callcenter.core.alert import Alert, Phase

UP = frozenset({"up", "ok", "disponible", "operativo", "ativo", "online", "in orde"})
"""In English, German, French, Spanish, Portuguese and Dutch."""

PAUSED = ("paused", "pausiert", "en pause", "pausado", "gepauzeerd")
"""Nobody looks at the sensor: neither a trouble nor its end. More words may follow."""

FIELDS_MAX = 60
"""PRTG has fewer placeholders than that."""

TIMES = (
    "%m/%d/%Y %I:%M:%S %p",
    "%d.%m.%Y %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%d-%m-%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
)
"""As Windows writes a time, by its country. One that is none of these is not compared."""

_ENDED = re.compile(r"\bended\b", re.IGNORECASE)
_BEHIND = re.compile(r"\s*\(.*", re.DOTALL)
_ZONE = re.compile(r"\s*\([^)]*\)\s*\Z")
_PLACEHOLDER = re.compile(r"%[a-z]+")


def parse(body: bytes) -> Payload:
    """The alert of one form. Raises PayloadError."""
    said = _fields(text_of(body))
    sensor = said.get("sensorid", "")
    if _PLACEHOLDER.fullmatch(sensor):
        return Payload(())
    if not sensor.isascii() or not sensor.isdigit():
        raise PayloadError("it has no sensorid: paste the payload of docs/alerts.md")
    phase = _phase(said)
    if phase is None:
        return Payload(())
    name, message = said.get("sensor", ""), said.get("message", "")
    alert = Alert.of(
        key=sensor,
        phase=phase,
        text=": ".join(part for part in (name, message) if part) or said.get("status", ""),
        site=said.get("site") or said.get("group", ""),
        device=said.get("device", ""),
        device_id=said.get("deviceid", ""),
        severity=_BEHIND.sub("", said.get("status", "")),
        url=said.get("linksensor", ""),
        at=_time(said.get("datetime", "")),
    )
    return Payload((alert,))


def _fields(text: str) -> Mapping[str, str]:
    try:
        return dict(reversed(parse_qsl(text.strip(), max_num_fields=FIELDS_MAX)))
    except ValueError as error:
        raise PayloadError("it is no form: paste the payload of docs/alerts.md") from error


def _phase(said: Mapping[str, str]) -> Phase | None:
    """None where it is neither."""
    status = said.get("status", "").strip().lower()
    if status.startswith(PAUSED):
        return None
    if (state := said.get("state", "").lower()) in ("up", "down"):
        return Phase.OVER if state == "up" else Phase.FIRING
    is_over = _BEHIND.sub("", status) in UP or _ENDED.search(status)
    return Phase.OVER if is_over else Phase.FIRING


def _time(text: str) -> datetime | None:
    """By PRTG's clock and in its zone, whichever that is: two of them can be compared."""
    text = _ZONE.sub("", text).strip()
    for form in TIMES:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
