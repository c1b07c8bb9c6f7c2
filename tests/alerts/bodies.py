"""What monitoring systems send, as their documents and the templates of docs/alerts.md have it."""

import json
from typing import Any
from urllib.parse import urlencode


def datto(uid: str = "5f1c0a52-6d0e-4b53-9d3c-2f1a7d4c9e01", **different: str) -> bytes:
    """Datto RMM: the template with its variables filled in."""
    said = {
        "state": "triggered",
        "alert_uid": uid,
        "priority": "Critical",
        "category": "Disk Usage",
        "device": "SRV-01",
        "device_id": "4711",
        "site": "Garage Vidal",
        "platform": "merlot",
        "message": "Disk C: is 95 % full",
    }
    return json.dumps(said | different).encode()


def prtg(**different: str) -> bytes:
    """PRTG: the form with its placeholders filled in."""
    said = {
        "state": "down",
        "sensorid": "2042",
        "deviceid": "2001",
        "device": "SRV-01",
        "sensor": "Ping",
        "status": "Down",
        "message": "Request timed out (ICMP error # 11010)",
        "datetime": "11/23/2026 9:12:00 AM (Romance Standard Time)",
        "group": "Garage Vidal",
        "linksensor": "https://prtg.example.com/sensor.htm?id=2042",
    }
    return urlencode(said | different).encode()


def firing(fingerprint: str = "1a30ba71cca2921f", **labels: str) -> dict[str, Any]:
    """One alert of Alertmanager."""
    return {
        "status": "firing",
        "labels": {
            "alertname": "HostDown",
            "instance": "srv-01:9100",
            "severity": "critical",
            "site": "Garage Vidal",
            **labels,
        },
        "annotations": {"summary": "srv-01 is down", "description": "for more than 5 minutes"},
        "startsAt": "2026-11-23T08:12:00.828Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.com:9090/graph?g0.expr=up",
        "fingerprint": fingerprint,
    }


def resolved(alert: dict[str, Any]) -> dict[str, Any]:
    """The same once it is over."""
    return {**alert, "status": "resolved", "endsAt": "2026-11-23T08:20:00Z"}


def alertmanager(*alerts: dict[str, Any], truncated: int = 0) -> bytes:
    """A group of them, version 4."""
    return json.dumps(
        {
            "version": "4",
            "groupKey": '{}:{alertname="HostDown"}',
            "truncatedAlerts": truncated,
            "status": "firing",
            "receiver": "callcenter",
            "groupLabels": {"alertname": "HostDown"},
            "commonLabels": {},
            "commonAnnotations": {},
            "externalURL": "http://alertmanager.example.com:9093",
            "alerts": alerts,
        }
    ).encode()
