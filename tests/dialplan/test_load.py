"""Everything that can be rendered is loaded by a real Asterisk without a warning of ours."""

import asyncio
import ssl
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dialplan import CallerNameLookup, Hours, Menu, Site, Telephone, Tls, render
from tests.dialplan import freepbx
from tests.rig import sites

TLS = Tls("/mnt/etc/cert.pem", "/mnt/etc/key.pem", port=5039)
LOOKUP = CallerNameLookup("http://127.0.0.1:9/pbx/caller-name", "a-token")
WEEK = (Hours("mon-fri", "08:30", "18:00"), Hours("sat", "22:00", "02:00"))


def everything() -> Site:
    """A site that uses every template's every branch between its two lines."""
    site = sites.site(
        sites.support(hours=WEEK, time_zone="Europe/Paris", menu=Menu(), mailbox=None),
        sites.network(hold_music=None, closed=(), hours=WEEK, menu=Menu(sorry=(), option="2")),
    )
    return replace(site, pbx=replace(site.pbx, tls=TLS, caller_name=LOOKUP))


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with cert.pem and key.pem of a certificate that signs itself."""
    folder = tmp_path_factory.mktemp("tls")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=pbx.example"
    files = ["-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run([*command.split(), *files], cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def with_certificate(certificate: Path):
    def files(placed: Site, version: int) -> dict[str, str]:
        site = replace(placed, telephones=(*placed.telephones, Telephone("110", "pen-and-ink")))
        pems = {name: (certificate / name).read_text() for name in ("cert.pem", "key.pem")}
        return {**render(site, "standalone", version), **pems}

    return files


async def test_a_standalone_site_loads_and_reloads_without_a_warning(start_rig, with_certificate):
    rig = await start_rig(everything(), files=with_certificate)
    await rig.cli("core reload")
    await asyncio.sleep(1)

    assert rig.warnings() == []
    assert "110" in await rig.cli("pjsip show auths")
    for context in ("callcenter-support", "callcenter-network", "sub-answered", "sub-caller-name"):
        assert f"Context '{context}' created by 'pbx_config'" in await rig.cli(
            f"dialplan show {context}"
        )


async def test_ami_speaks_tls_with_the_certificate(start_rig, with_certificate, certificate):
    rig = await start_rig(everything(), files=with_certificate)
    context = ssl.create_default_context(cafile=certificate / "cert.pem")

    reader, writer = await asyncio.open_connection(
        rig.site.pbx.address, TLS.port, ssl=context, server_hostname="pbx.example"
    )
    greeting = await reader.readline()
    writer.close()
    await writer.wait_closed()

    assert greeting.startswith(b"Asterisk Call Manager/")


async def test_freepbx_files_load_and_reload_without_a_warning(start_rig):
    site = freepbx.renamed(freepbx.site(), caller_name=LOOKUP)
    rig = await start_rig(site, files=freepbx.files)
    await rig.cli("core reload")
    await asyncio.sleep(1)

    assert rig.warnings() == []
    assert "CURL" in await rig.cli("dialplan show sub-caller-name")


def span_far_from_now() -> Hours:
    """An hour that begins six hours from now, in UTC."""
    opens = datetime.now(UTC) + timedelta(hours=6)
    return Hours("mon-sun", f"{opens:%H}:00", f"{opens:%H}:30")


async def test_an_open_line_rings_and_a_closed_one_says_so(start_rig):
    always = (Hours("mon-sun", "00:00", "12:00"), Hours("mon-sun", "12:00", "24:00"))
    site = sites.site(
        sites.support(hours=always, time_zone="Europe/Paris"),
        sites.network(hours=(span_far_from_now(),), time_zone="UTC"),
    )
    rig = await start_rig(site)
    async with rig.watch() as ami:
        await (await rig.call(to=sites.SUPPORT, hangup_after=1)).over()
        assert ami.events("AgentCalled")
        assert not ami.events("UserEvent")
        await (await rig.call(to=sites.NETWORK, hangup_after=1)).over()
        closed = await ami.event("UserEvent", Outcome="closed")

    assert closed["UserEvent"] == "CallcenterOutcome"
    assert closed["Context"] == "callcenter-network"
    assert closed["Uniqueid"] == closed["Linkedid"]
