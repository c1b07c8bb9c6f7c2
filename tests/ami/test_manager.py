"""What the configuration may say of a PBX that no connection can be made to."""

import pytest

from tests.ami.links import link_to, until
from tests.ami.scripted import ScriptedAmi


@pytest.mark.parametrize("host", ["pbx..example", ".example", "x" * 64])
async def test_a_host_that_no_host_can_be_called_does_not_end_the_service(
    pbx: ScriptedAmi, host: str
) -> None:
    async with link_to(pbx.port, host=host) as link:
        await until(lambda: link.status.last_error is not None)
        assert "cannot be reached" in (link.status.last_error or "")


async def test_a_certificates_name_that_is_none_is_named(pbx: ScriptedAmi) -> None:
    async with link_to(pbx.port, tls=True, server_hostname=".example") as link:
        await until(lambda: link.status.last_error is not None)
        assert "'.example' is no host's name" in (link.status.last_error or "")
