"""A telephone: a SIPp process at its own address that takes calls, and others that make them."""

from collections.abc import Iterable

from tests.rig.scenario import CONTACT, FOREVER_S, SDP, Dialog, Scenario, answer, in_call
from tests.rig.steps import Step

INBOUND = Dialog(
    uri="[next_url]", local="From:[$local];tag=t[pid]-[call_number]", remote="To:[$remote]"
)
KEEP = (
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>'
    '<ereg regexp=".*" search_in="hdr" header="From:" assign_to="remote"/>'
    '<ereg regexp=".*" search_in="hdr" header="To:" assign_to="local"/>'
)


def taken(silence: str, after_s: float | None, steps: Iterable[Step]) -> str:
    """A telephone that rings, is answered after so long (None: when told), and does these steps."""
    scenario = Scenario(silence)
    cancelled, ready, crossed, end = (scenario.label() for _ in range(4))
    ring(scenario)
    if after_s is None:
        scenario.parts.append('<recvCmd src="m"/>')
    else:
        scenario.until("CANCEL", after_s, cancelled)
    scenario.send(to_invite("200 OK", SDP.format(version=1, direction="sendrecv")), RETRANSMITTED)
    scenario.place(ready)
    scenario.recv(f'request="CANCEL" optional="true" next="{crossed}"')
    scenario.recv('request="ACK"')
    scenario.speak()
    in_call(scenario, INBOUND, steps)
    scenario.jump(end)
    give_up(scenario, cancelled)
    scenario.jump(end)
    scenario.place(crossed)
    scenario.send(answer("SIP/2.0 200 OK"))
    scenario.jump(ready)
    scenario.place(end)
    return scenario.xml()


def ignored(silence: str) -> str:
    """A telephone that only rings."""
    scenario = Scenario(silence)
    cancelled, end = scenario.label(), scenario.label()
    ring(scenario)
    scenario.until("CANCEL", FOREVER_S, cancelled)
    scenario.jump(end)
    give_up(scenario, cancelled)
    scenario.place(end)
    return scenario.xml()


def refused(silence: str, after_s: float, status: str) -> str:
    """A telephone that rings and refuses."""
    scenario = Scenario(silence)
    cancelled, end = scenario.label(), scenario.label()
    ring(scenario)
    scenario.until("CANCEL", after_s, cancelled)
    scenario.send(to_invite(status), RETRANSMITTED)
    scenario.recv('request="ACK"')
    scenario.jump(end)
    give_up(scenario, cancelled)
    scenario.place(end)
    return scenario.xml()


RETRANSMITTED = 'retrans="500"'


def ring(scenario: Scenario, more: str = "") -> None:
    """Take the call and ring; ``more`` are actions on the INVITE."""
    scenario.recv('request="INVITE" rrs="true"', KEEP + more)
    scenario.parts.append('<Reference variables="cseq,remote,local"/>')
    scenario.send(to_invite("180 Ringing"))


def give_up(scenario: Scenario, label: int) -> None:
    """Where the caller hung up, or another telephone was quicker."""
    scenario.place(label)
    scenario.send(answer("SIP/2.0 200 OK"))
    scenario.send(to_invite("487 Request Terminated"), RETRANSMITTED)
    scenario.recv('request="ACK"')


def to_invite(status: str, rest: str = "Content-Length: 0") -> str:
    """A response to the INVITE, also after other requests have come (same Via: no proxies)."""
    return f"""SIP/2.0 {status}
        [last_Via:]
        From:[$remote]
        To:[$local];tag=t[pid]-[call_number]
        [last_Call-ID:]
        CSeq: [$cseq] INVITE
        {CONTACT}
        Allow: INVITE, ACK, CANCEL, BYE, INFO, NOTIFY, REFER, UPDATE
        {rest}"""
