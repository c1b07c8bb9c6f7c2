"""The alert rules and the dashboard ask for what a started service has, and mean what they say."""

import asyncio
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from callcenter.demo.pbx import DemoPbx
from tests.wiring.processes import callcenter
from tests.wiring.test_serve import SECRET, written

ROOT = Path(__file__).parents[2]
RULES = ROOT / "monitoring/alerts.yml"
DASHBOARD = ROOT / "monitoring/grafana/dashboard.json"

SUFFIXES = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count"), "info": ("_info",)}
"""What the samples of a family are called, behind its name; those of a gauge are called as it."""

COLUMNS = 24

LEFT_OUT = {f"callcenter_ami_{name}_total" for name in ("bytes", "messages", "pauses", "snapshots")}
"""Counters that are for looking into one PBX, and on no dashboard."""


def promtool(*words: str, given: str | None = None) -> str:
    """What it says; it must be content."""
    if shutil.which("promtool") is None:
        pytest.skip("promtool is not here: run tests/rig/install, or install Prometheus")
    done = subprocess.run(
        ["promtool", *words], input=given, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def dashboard() -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    return shown


def panels() -> Iterator[dict[str, Any]]:
    yield from dashboard()["panels"]


def asked_by_dashboard() -> list[str]:
    """Its queries, with what Grafana would put in place of its variables."""
    asked = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    return [one.replace("$__rate_interval", "5m").replace("$job", "callcenter") for one in asked]


def alerts() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What a started service says on /metrics, with a PBX in sight."""
    return asyncio.run(_exposed(tmp_path_factory.mktemp("service")))


async def _exposed(folder: Path) -> str:
    url = f"sqlite+aiosqlite:///{folder}/callcenter.db"
    environ = {**os.environ, "CALLCENTER_DATABASE__URL": url}
    async with DemoPbx(secret=SECRET) as pbx, aiohttp.ClientSession() as http:
        config = written(folder, port=pbx.port, secret=SECRET)
        async with callcenter("serve", "--config", config, environ=environ) as service:
            url = (await service.until(r"service\.started.* url=(\S+)"))[1]
            await service.until("pbx in sight")
            async with http.get(f"{url}/metrics") as response:
                return await response.text()


def test_all_that_is_asked_for_is_there(exposed: str) -> None:
    there = {"up"}
    for family in text_string_to_metric_families(exposed):
        there |= {family.name + suffix for suffix in SUFFIXES.get(family.type, ("",))}
    asked = [*asked_by_dashboard(), *(rule["expr"] for rule in alerts())]
    named = set(re.findall(r"\b(?:callcenter|process)_\w+", "\n".join(asked)))
    assert named - there == set()
    unused = {one for one in there if one.startswith("callcenter_")} - named
    assert not {one for one in unused if one.endswith("_total")} - LEFT_OUT


def test_the_metrics_are_named_as_prometheus_wants_them(exposed: str) -> None:
    assert promtool("check", "metrics", given=exposed) == ""


def test_the_rules_can_be_read_and_fire_when_they_are_to() -> None:
    assert f"{len(alerts())} rules found" in promtool("check", "rules", str(RULES))
    promtool("test", "rules", "tests/monitoring/alerts.test.yml")
    promtool("check", "config", "monitoring/prometheus.yml")


def test_each_alert_says_what_to_do_and_is_explained() -> None:
    explained = (ROOT / "docs/operating.md").read_text(encoding="utf-8")
    tested = (ROOT / "tests/monitoring/alerts.test.yml").read_text(encoding="utf-8")
    for rule in alerts():
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        assert set(rule["annotations"]) == {"summary", "action"}
        assert f"`{rule['alert']}`" in explained
        assert f'alertname="{rule["alert"]}"' in tested
    named = set(re.findall(r"`(Callcenter\w+)`", explained))
    assert named == {rule["alert"] for rule in alerts()}


def test_every_query_of_the_dashboard_can_be_read(tmp_path: Path) -> None:
    rules = [{"record": f"asked:{n}", "expr": expr} for n, expr in enumerate(asked_by_dashboard())]
    path = tmp_path / "asked.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(path))


def test_the_dashboard_is_whole() -> None:
    shown = dashboard()
    assert {"uid", "title", "schemaVersion", "time", "templating", "panels"} <= shown.keys()
    ids = [panel["id"] for panel in panels()]
    assert len(ids) == len(set(ids))
    variables = {one["name"] for one in shown["templating"]["list"]}
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= COLUMNS
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not taken & cells, panel["title"]
        taken |= cells
        assert panel["title"]
        if panel["type"] == "row":
            continue
        assert panel["description"], panel["title"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"])
    used = set(re.findall(r"\$\{?(\w+)\}?", DASHBOARD.read_text(encoding="utf-8")))
    assert used - {"__rate_interval", "1"} == variables
