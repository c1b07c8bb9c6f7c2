"""What ``dialplan render`` makes of the configuration."""

import stat
from pathlib import Path

import pytest

from callcenter.ami.events import EVENTS
from callcenter.cli.site import SiteError, to_site
from callcenter.config import Settings, load
from callcenter.core.events import HANDLERS
from callcenter.web.api.caller_name import PATH
from dialplan import TARGETS, CallerNameLookup, Hours, Mailbox, Telephone, Trunk
from tests.cli.conftest import CONFIG, Call


def test_everything_in_the_configuration_is_in_the_site(config: Path) -> None:
    site = to_site(load(config, {}))
    assert (site.pbx.name, site.pbx.username, site.pbx.secret) == ("main", "callcenter", "hush-ami")
    assert site.pbx.caller_name == CallerNameLookup(f"http://127.0.0.1:8080{PATH}", "hush-token")
    assert site.trunk == Trunk(("192.0.2.5",))
    assert site.telephones == (Telephone("101", secret="hush-101"),)
    (line,) = site.lines
    assert (line.name, line.number, line.extension) == ("support", "+33465711010", "0465711010")
    assert (line.queue, line.members, line.ring, line.ring_s) == (
        "support",
        ("PJSIP/101",),
        (),
        60,
    )
    assert (line.hours, line.time_zone) == ((Hours("mon-fri", "08:30", "18:00"),), "Europe/Paris")
    assert line.menu is not None
    assert line.mailbox == Mailbox("600", "2580")


def test_the_site_asks_for_every_event_that_call_tracking_handles() -> None:
    assert set(HANDLERS) <= set(EVENTS)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("version", ["16", "22"])
def test_the_files_are_written_for_asterisk_and_nobody_else(
    call: Call, config: Path, folder: Path, target: str, version: str
) -> None:
    result = call(
        *("dialplan", "render", "--target", target, "--asterisk-version", version),
        *("--output", "made/etc"),
    )
    assert result.exit_code == 0, result.output
    files = sorted((folder / "made/etc").iterdir())
    assert [file.name for file in files] == sorted(TARGETS[target])
    assert result.stdout.splitlines() == [f"made/etc/{name}" for name in TARGETS[target]]
    for file in files:
        assert not stat.S_IMODE(file.stat().st_mode) & stat.S_IRWXO
    assert "hush-ami" in "".join(file.read_text(encoding="utf-8") for file in files)


def test_rendering_again_replaces_what_was_there(call: Call, config: Path, folder: Path) -> None:
    for _ in range(2):
        assert call("dialplan", "render", "--output", "etc").exit_code == 0
    text = (folder / "etc/manager.conf").read_text(encoding="utf-8")
    assert text.count("hush-ami") == 1


def test_files_of_somebody_else_are_left_alone(call: Call, config: Path, folder: Path) -> None:
    (folder / "etc").mkdir()
    (folder / "etc/extensions.conf").write_text("[theirs]\n")
    result = call("dialplan", "render", "--output", "etc")
    assert result.exit_code == 2
    assert "did not write (extensions.conf): choose another --output" in result.stderr
    assert [path.name for path in (folder / "etc").iterdir()] == ["extensions.conf"]
    assert (folder / "etc/extensions.conf").read_text() == "[theirs]\n"


def test_without_a_pbx_there_is_nothing_to_render(call: Call) -> None:
    result = call("dialplan", "render", "--output", "etc")
    assert result.exit_code == 2
    assert "there is no PBX in the configuration" in result.stderr


def test_a_version_that_is_not_rendered_for_is_refused(call: Call, config: Path) -> None:
    result = call("dialplan", "render", "--output", "etc", "--asterisk-version", "11")
    assert result.exit_code == 2
    assert "11" in result.stderr


def test_a_value_that_asterisks_files_cannot_take_is_told(
    call: Call, config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLCENTER_PBX__MAIN__SECRET", "two words")
    result = call("dialplan", "render", "--output", "etc")
    assert result.exit_code == 2
    assert "pbx.secret" in result.stderr
    assert "two words" not in result.stderr


def test_a_folder_that_cannot_be_written_is_told(call: Call, config: Path, folder: Path) -> None:
    (folder / "etc").write_text("a file")
    result = call("dialplan", "render", "--output", "etc/asterisk")
    assert result.exit_code == 2
    assert "cannot write into etc/asterisk" in result.stderr


def two_pbxs(folder: Path) -> Settings:
    path = folder / "two.toml"
    other = CONFIG[CONFIG.index("[[pbx]]") : CONFIG.index("[pbx.rendered]")]
    text = CONFIG.format(folder=folder) + other.replace("main", "branch")
    path.write_text(text, encoding="utf-8")
    return load(path, {})


def test_of_several_pbxs_one_must_be_named(folder: Path) -> None:
    settings = two_pbxs(folder)
    with pytest.raises(SiteError, match="say which PBX with --pbx: there are main, branch"):
        to_site(settings)
    with pytest.raises(SiteError, match="no PBX 'other'"):
        to_site(settings, "other")
    assert to_site(settings, "main").pbx.name == "main"
    assert to_site(settings, "branch").lines == ()


def test_ami_over_tls_listens_where_the_service_connects(config: Path) -> None:
    environ = {
        "CALLCENTER_PBX__MAIN__PORT": "5039",
        "CALLCENTER_PBX__MAIN__RENDERED__TLS_CERTIFICATE": "/etc/asterisk/ami.crt",
    }
    with pytest.raises(SiteError, match="tls_certificate and tls_key need each other"):
        to_site(load(config, environ))
    environ["CALLCENTER_PBX__MAIN__RENDERED__TLS_KEY"] = "/etc/asterisk/ami.key"
    pbx = to_site(load(config, environ)).pbx
    assert pbx.tls is not None
    assert (pbx.tls.port, pbx.port) == (5039, 5038)
