"""TLS is verified, unless the administrator said not to in so many words."""

import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.ami.links import in_sight, link_to, until
from tests.ami.scripted import ScriptedAmi

NAME = "pbx.example"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a certificate of NAME signed by itself, with its key in the same file."""
    pem = tmp_path_factory.mktemp("tls") / "pbx.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
            *("-keyout", str(pem.with_suffix(".key")), "-out", str(pem.with_suffix(".crt"))),
        ],
        check=True,
        capture_output=True,
    )
    pem.write_text(pem.with_suffix(".key").read_text() + pem.with_suffix(".crt").read_text())
    return pem


@pytest.fixture
async def pbx(certificate: Path) -> AsyncIterator[ScriptedAmi]:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    async with ScriptedAmi(tls=context) as scripted:
        yield scripted


async def test_a_certificate_of_the_given_authority_is_trusted(
    pbx: ScriptedAmi, certificate: Path
) -> None:
    async with link_to(pbx.port, tls=True, ca_file=certificate, server_hostname=NAME) as link:
        await in_sight(link)
        assert (await link.send({"Action": "Ping"})).ok


async def test_a_certificate_of_an_unknown_authority_is_refused(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port, tls=True, server_hostname=NAME) as link:
        await until(lambda: link.status.state == "refused")
        assert "CERTIFICATE_VERIFY_FAILED" in (link.status.last_error or "")
    assert pbx.count("Login") == 0


async def test_a_certificate_of_another_name_is_refused(
    pbx: ScriptedAmi, certificate: Path
) -> None:
    async with link_to(pbx.port, tls=True, ca_file=certificate) as link:
        await until(lambda: link.status.state == "refused")
        assert "127.0.0.1" in (link.status.last_error or "")
    assert pbx.count("Login") == 0


async def test_a_missing_ca_file_is_named(pbx: ScriptedAmi, tmp_path: Path) -> None:
    async with link_to(pbx.port, tls=True, ca_file=tmp_path / "none.pem") as link:
        await until(lambda: link.status.state == "refused")
        assert "none.pem" in (link.status.last_error or "")


async def test_verification_is_off_only_where_asked_for_and_said(pbx: ScriptedAmi) -> None:
    with capture_logs() as logs:
        async with link_to(pbx.port, tls=True, tls_verify=False) as link:
            await in_sight(link)
    assert "ami tls is not verified" in [entry["event"] for entry in logs]
