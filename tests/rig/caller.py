"""A caller: one SIPp process that dials, waits, does its steps and hangs up."""

from collections.abc import Iterable

from tests.rig.scenario import CONTACT, SDP, Dialog, Scenario, in_call
from tests.rig.steps import Step

TO = "To: <sip:[service]@[remote_ip]:[remote_port]>"
VIA = "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]"
URI = "sip:[service]@[remote_ip]:[remote_port]"


def dialled(
    silence: str,
    sender: str,
    gives_up_s: float | None,
    steps: Iterable[Step],
    headers: Iterable[str] = (),
) -> str:
    """A call that is given up while it rings after so long (None: never), or does these steps.

    ``sender`` is the From header's value: ``"Name" <sip:number@host>``; ``headers`` are more of
    them, whole.
    """
    scenario = Scenario(silence)
    head = f"From: {sender};tag=c[pid]-[call_number]"
    answered, given_up, end = (scenario.label() for _ in range(3))
    body = "\n".join([*headers, SDP.format(version=1, direction="sendrecv")])
    scenario.send(_request("INVITE", head, TO, 1, body), 'retrans="500"')
    for status in (100, 181, 183) if gives_up_s else (100, 180, 181, 183):
        scenario.recv(f'response="{status}" optional="true"')
    if gives_up_s:
        # SIPp keeps no time while it waits for one of several messages: so the ringing first.
        scenario.recv(f'response="200" optional="true" rrs="true" next="{answered}"')
        scenario.recv('response="180"')
        limit = f'timeout="{int(gives_up_s * 1000)}" ontimeout="{given_up}"'
        scenario.recv(f'response="200" rrs="true" next="{answered}" {limit}')
    else:
        scenario.recv(f'response="200" rrs="true" next="{answered}"')
    scenario.place(answered)
    scenario.send(_ack(head), "")
    scenario.speak()
    in_call(scenario, Dialog("[next_url]", head, f"{TO}[peer_tag_param]"), steps)
    scenario.jump(end)
    scenario.place(given_up)
    scenario.send(_request("CANCEL", head, TO, 1), 'retrans="500"')
    scenario.recv('response="200"')
    scenario.recv('response="487"')
    scenario.send(_request("ACK", head, f"{TO}[peer_tag_param]", 1))
    scenario.place(end)
    return scenario.xml()


def _ack(head: str) -> str:
    return f"""ACK [next_url] SIP/2.0
        Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]
        {head}
        {TO}[peer_tag_param]
        Call-ID: [call_id]
        CSeq: 1 ACK
        Max-Forwards: 70
        Content-Length: 0"""


def _request(method: str, head: str, to: str, cseq: int, rest: str = "Content-Length: 0") -> str:
    return f"""{method} {URI} SIP/2.0
        {VIA}
        {head}
        {to}
        Call-ID: [call_id]
        CSeq: {cseq} {method}
        {CONTACT}
        Max-Forwards: 70
        Allow: INVITE, ACK, CANCEL, BYE, INFO, NOTIFY, REFER, UPDATE
        {rest}"""
