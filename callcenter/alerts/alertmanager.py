"""Prometheus Alertmanager, version 4 of its webhook, and Grafana, which sends the same and more."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from callcenter.alerts.payload import Payload, PayloadError, text_of
from callcenter.core.alert import Alert, Phase

WORDS = ("summary", "description", "message")
"""Annotations that say what is wrong: the first that is there."""

_PORT = re.compile(r":[0-9]{1,5}\Z")


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """``site_label`` names the customer's site, ``device_label`` the device."""

    site_label: str
    device_label: str

    def parse(self, body: bytes) -> Payload:
        """The alerts of one group, each as it is now. Raises PayloadError."""
        try:
            found = json.loads(text_of(body))
        except (ValueError, RecursionError) as error:
            raise PayloadError("it is no JSON: was it cut off?") from error
        if not isinstance(found, dict) or not isinstance(found.get("alerts"), list):
            raise PayloadError("it has no alerts: send it from a webhook receiver, version 4")
        alerts = tuple(self._alert(each) for each in found["alerts"] if isinstance(each, dict))
        cut = found.get("truncatedAlerts")
        return Payload(alerts, cut if isinstance(cut, int) and cut > 0 else 0)

    def _alert(self, said: dict[str, Any]) -> Alert:
        labels, annotations = _texts(said.get("labels")), _texts(said.get("annotations"))
        is_over = said.get("status") == "resolved"
        words = next((annotations[name] for name in WORDS if annotations.get(name)), "")
        name = labels.get("alertname", "")
        return Alert.of(
            key=_text(said.get("fingerprint")) or _fingerprint(labels),
            episode=_text(said.get("startsAt")),
            phase=Phase.OVER if is_over else Phase.FIRING,
            text=": ".join(part for part in (name, words) if part),
            site=labels.get(self.site_label, ""),
            device=_PORT.sub("", labels.get(self.device_label, "")),
            severity=labels.get("severity", ""),
            url=_text(said.get("generatorURL")),
        )


def _texts(value: object) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {str(key): text for key, text in pairs if isinstance(text, str)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _fingerprint(labels: dict[str, str]) -> str:
    """Of an alert that brings none: what tells it from others is its labels."""
    text = json.dumps(sorted(labels.items()))
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
