"""The containers start what the tests start, with a configuration that holds.

No container engine is needed: the file is read and checked by Docker Compose's own ``config``.
"""

import os
import shlex
import shutil
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from callcenter.cli import main
from callcenter.cli.dialplan import rendered
from callcenter.config import Settings, load
from tests.rig import asterisk, root, service

ROOT = Path(__file__).parents[2]
SID = 22


def config(env_file: Path) -> subprocess.CompletedProcess[str]:
    """What Compose says to the file, with the variables of ``env_file`` and no others."""
    if shutil.which("docker-compose") is None:
        pytest.skip("Docker Compose is not here: apt-get install docker-compose")
    return subprocess.run(
        ["docker-compose", "--profile", "monitoring", "--env-file", str(env_file), "config"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": "/"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def composed() -> dict[str, Any]:
    """The file as Compose reads it: checked against its schema, .env.example filled in."""
    result = config(ROOT / ".env.example")
    assert result.returncode == 0, result.stderr
    assert "WARNING" not in result.stderr
    composed: dict[str, Any] = yaml.safe_load(result.stdout)
    return composed


@pytest.fixture
def services(composed: dict[str, Any]) -> dict[str, Any]:
    services: dict[str, Any] = composed["services"]
    return services


@pytest.fixture
def networks(composed: dict[str, Any]) -> dict[str, Any]:
    networks: dict[str, Any] = composed["networks"]
    return networks


@pytest.fixture
def settings(services: dict[str, Any]) -> Settings:
    return load(ROOT / "compose/callcenter.toml", services["callcenter"]["environment"])


def test_every_container_that_stays_has_a_health_check(services: dict[str, Any]) -> None:
    monitoring = {name for name, one in services.items() if one.get("profiles") == ["monitoring"]}
    assert monitoring == {"grafana", "prometheus"}
    assert set(services) - monitoring == {"asterisk", "callcenter", "dialplan", "postgres"}
    for name in set(services) - {"dialplan"}:
        assert services[name]["healthcheck"]["test"], name
        assert services[name]["restart"] == "unless-stopped", name


def test_every_secret_must_be_in_the_env_file(tmp_path: Path) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    for missing in [line for line in lines if "=" in line]:
        env_file = tmp_path / "env"
        env_file.write_text("\n".join(line for line in lines if line != missing))
        result = config(env_file)
        assert result.returncode != 0, missing
        assert "write it into .env" in result.stderr


def test_asterisk_starts_as_it_does_in_the_tests(services: dict[str, Any]) -> None:
    started = asterisk.LAUNCH.format(inside=asterisk.INSIDE).strip().splitlines()[-1]
    assert started == f'exec chroot "$2" {shlex.join(services["asterisk"]["command"])}'


def test_asterisk_has_the_folders_and_the_packages_that_the_tests_have() -> None:
    expected = asterisk.ASTERISK_CONF.format(
        inside=asterisk.INSIDE, modules=root.MODULE_FOLDERS[SID], options=""
    )
    actual = (ROOT / "compose/asterisk.conf").read_text(encoding="utf-8")
    assert actual.split() == expected.removesuffix("[options]\n\n").split()
    dockerfile = (ROOT / "Dockerfile.asterisk").read_text(encoding="utf-8")
    assert " ".join(root.PACKAGES[SID]) in dockerfile
    assert f"FROM debian:{root.SUITES[SID]}-slim" in dockerfile


def test_the_service_starts_as_it_does_in_the_tests(services: dict[str, Any]) -> None:
    program = ("python", *service.PROGRAM)
    configuration = "/etc/callcenter/callcenter.toml"
    assert services["callcenter"]["command"] == [*program, *service.SERVE, configuration]
    words = ("dialplan", "render", "--output", f"{asterisk.INSIDE}/etc", "--config", configuration)
    assert services["dialplan"]["command"] == [*program, *words]
    for each in ("callcenter", "dialplan"):
        _, _, _, *words = services[each]["command"]
        result = CliRunner().invoke(main, [*words, "--help"])
        assert result.exit_code == 0, result.output


def test_the_service_has_all_that_it_needs(settings: Settings) -> None:
    assert settings.database.url.get_secret_value().startswith("postgresql+asyncpg://")
    (pbx,) = settings.pbxs
    assert pbx.secret.get_secret_value() == "change-me-2"
    assert [line.name for line in settings.lines] == ["support"]


def test_asterisks_files_are_rendered_from_it(settings: Settings) -> None:
    files = rendered(settings, "standalone", SID, None)
    assert "http://127.0.0.1:8080/pbx/caller-name" in files["extensions.conf"]
    assert "172.30.57.0" in files["manager.conf"]


def test_the_service_reaches_ami_on_the_machines_own_address_in_their_network(
    settings: Settings, networks: dict[str, Any]
) -> None:
    (subnet,) = [config["subnet"] for config in networks["inside"]["ipam"]["config"]]
    (pbx,) = settings.pbxs
    assert pbx.rendered.permit == (subnet,)
    assert pbx.host == pbx.rendered.listen == str(next(ip_network(subnet).hosts()))


def test_asterisk_reaches_the_service_where_it_is_published(services: dict[str, Any]) -> None:
    assert services["asterisk"]["network_mode"] == "host"
    assert services["callcenter"]["ports"] == ["127.0.0.1:8080:8080/tcp"]


def test_what_monitoring_reads_is_there(services: dict[str, Any]) -> None:
    scraped = yaml.safe_load((ROOT / "monitoring/prometheus.yml").read_text(encoding="utf-8"))
    (job,) = scraped["scrape_configs"]
    assert job["static_configs"] == [{"targets": ["callcenter:8080"]}]
    for name in ("grafana", "prometheus"):
        mounted = [one.split(":")[0] for one in services[name]["volumes"] if "monitoring" in one]
        assert mounted
        assert all(Path(one).is_file() for one in mounted)
