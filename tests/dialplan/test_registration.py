"""Telephones that register with a secret, as desk telephones do."""

from dataclasses import replace

import pytest

from dialplan import Site, Telephone, render
from tests.rig.errors import RigError
from tests.rig.scenario import Scenario

SECRET = "pen-and-ink"
REGISTER = """REGISTER sip:[remote_ip]:[remote_port] SIP/2.0
    Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
    From: <sip:101@[remote_ip]>;tag=r[call_number]
    To: <sip:101@[remote_ip]>
    Call-ID: [call_id]
    CSeq: {cseq} REGISTER
    Contact: <sip:101@[local_ip]:5060>
    Expires: 120
    Max-Forwards: 70
    {authentication}
    Content-Length: 0"""


def registration(secret: str) -> str:
    """A telephone that says who it is when it is asked."""
    scenario = Scenario(silence="")
    known = f"[authentication username=101 password={secret}]"
    scenario.send(REGISTER.format(cseq=1, authentication="User-Agent: rig"))
    scenario.recv('response="401" auth="true"')
    scenario.send(REGISTER.format(cseq=2, authentication=known))
    scenario.recv('response="200"')
    return scenario.xml()


def with_a_secret(placed: Site, version: int) -> dict[str, str]:
    """101 has a secret in place of its fixed address."""
    telephones = (Telephone("101", secret=SECRET), *placed.telephones[1:])
    return {
        "pjsip.conf": render(replace(placed, telephones=telephones), "standalone", version)[
            "pjsip.conf"
        ]
    }


async def test_a_registered_telephone_gets_calls(start_rig):
    rig = await start_rig(files=with_a_secret)
    await rig.dial(registration(SECRET), rig.net.telephone(0), "101").over()
    rig.phone("101").answers(after=0.2)

    await (await rig.call(hangup_after=1.5)).over()

    assert "PJSIP/101" in [line.agent for line in rig.queue_log() if line.event == "CONNECT"]
    assert rig.warnings() == []


async def test_a_wrong_secret_registers_nobody(start_rig):
    rig = await start_rig(files=with_a_secret)

    with pytest.raises(RigError, match="401"):
        await rig.dial(registration("guessed"), rig.net.telephone(0), "101").over()

    assert "sip:101@" not in await rig.cli("pjsip show contacts")
