"""What docs/alerts.md shows is accepted: in the configuration, and from each monitoring system."""

import json
import re
import tomllib
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from callcenter.alerts import datto, prtg
from callcenter.config import AlertmanagerAlerts, Alerts, DattoAlerts
from callcenter.config.alerts import AlertRule
from callcenter.core.alert import Phase

PAGE = (Path(__file__).parents[2] / "docs" / "alerts.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return str(found)


def filled(template: str) -> str:
    """Each variable with a value that has no surprises in it."""
    template = re.sub(r"\[([a-z_]+)\]", r"the \1", template)
    return template.replace("%sensorid", "2042").replace("%datetime", "23.11.2026 09:12:00")


def test_the_configuration_is_accepted_and_shows_every_key() -> None:
    text = block("toml")
    for entry in tomllib.loads(text)["alerts"]:
        TypeAdapter(Alerts).validate_python(entry)
    shown = set(re.findall(r"^#? ?(\w+) =", text, re.MULTILINE))
    said = shown | set(re.findall(r"\b(site|severity|text)\b", PAGE))
    models = (DattoAlerts, AlertmanagerAlerts, AlertRule)
    assert said == {key for model in models for key in model.model_fields if key != "rules"}


def test_what_datto_is_to_send_is_understood() -> None:
    template = block("json")
    (alert,) = datto.parse(filled(template).encode()).alerts
    assert (alert.key, alert.device) == ("the alert_uid", "the device_hostname")
    assert (alert.site, alert.text) == ("the sitename", "the alert_message")
    assert (alert.severity, alert.phase) == ("the alert_priority", Phase.FIRING)
    assert list(json.loads(template))[-1] == "message"
    assert datto.parse(template.encode()).alerts == ()
    over = template.replace("triggered", "resolved")
    assert datto.parse(filled(over).encode()).alerts[0].phase is Phase.OVER


def test_what_prtg_is_to_send_is_understood() -> None:
    template = block("text").strip()
    (alert,) = prtg.parse(filled(template).encode()).alerts
    assert (alert.key, alert.phase) == ("2042", Phase.FIRING)
    assert alert.at is not None
    assert prtg.parse(template.encode()).alerts == ()
    over = template.replace("state=down", "state=up")
    assert prtg.parse(filled(over).encode()).alerts[0].phase is Phase.OVER


def test_what_alertmanager_is_to_send_has_the_secret_of_the_table() -> None:
    (receiver,) = yaml.safe_load(block("yaml"))["receivers"]
    (webhook,) = receiver["webhook_configs"]
    (table,) = (
        entry
        for entry in tomllib.loads(block("toml"))["alerts"]
        if webhook["url"].endswith(f"/alerts/{entry['name']}")
    )
    authorization = webhook["http_config"]["authorization"]
    assert authorization == {"type": "Bearer", "credentials": table["secret"]}
