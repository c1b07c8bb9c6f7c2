"""SIPp scenarios: XML written from steps.

Every pause is a ``recv`` with a timeout, because the other side may end the call in the middle of
it, and SIPp's own pause would take that for an error.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.rig.steps import HangUp, Hold, Note, Press, Refer, ReferWith, Step, Talk

FOREVER_S = 600
SILENCE_PAYLOAD = 8  # A-law
KEY_MS = 100
PBX = "pbx.invalid"  # SIPp knows no address of the other side in a call that it was sent

VIA = "Via: SIP/2.0/UDP [local_ip]:[local_port];branch=[branch]"
CONTACT = "Contact: <sip:[service]@[local_ip]:[local_port]>"
SDP = """\
Content-Type: application/sdp
Content-Length: [len]

v=0
o=rig {version} {version} IN IP4 [local_ip]
s=-
c=IN IP4 [media_ip]
t=0 0
m=audio [rtpstream_audio_port] RTP/AVP 8
a=rtpmap:8 PCMA/8000
a={direction}"""


@dataclass(frozen=True, slots=True)
class Dialog:
    """How requests inside the call are addressed by this side."""

    uri: str
    local: str  # From of our requests
    remote: str  # To of our requests


@dataclass(slots=True)
class Scenario:
    """XML under construction. Labels are numbers; ``end`` is the scenario's last."""

    silence: str
    parts: list[str] = field(default_factory=list)
    labels: int = 0
    cseq: int = 10

    def label(self) -> int:
        self.labels += 1
        return self.labels

    def place(self, label: int) -> None:
        self.parts.append(f'<label id="{label}"/>')

    def send(self, message: str, attributes: str = "") -> None:
        text = "\n".join(line.strip() for line in message.strip().splitlines())
        self.parts.append(f"<send {attributes}><![CDATA[\n\n{text}\n\n]]></send>")

    def recv(self, attributes: str, actions: str = "") -> None:
        inner = f"<action>{actions}</action>" if actions else ""
        self.parts.append(f"<recv {attributes}>{inner}</recv>")

    def jump(self, label: int) -> None:
        self.parts.append(f'<nop next="{label}"/>')

    def speak(self) -> None:
        """Send silence for as long as the call lasts."""
        stream = f'rtp_stream="{self.silence},-1,{SILENCE_PAYLOAD}"'
        self.parts.append(f"<nop><action><exec {stream}/></action></nop>")

    def until(self, request: str, seconds: float, then: int) -> None:
        """Wait so long; go to ``then`` when the request comes first."""
        over = self.label()
        self.recv(
            f'request="{request}" timeout="{int(seconds * 1000)}" ontimeout="{over}" next="{then}"'
        )
        self.place(over)

    def xml(self) -> str:
        body = "\n".join(self.parts)
        return (
            '<?xml version="1.0" encoding="ISO-8859-1" ?>\n'
            f'<scenario name="rig">\n{body}\n</scenario>\n'
        )

    def next_cseq(self) -> int:
        self.cseq += 1
        return self.cseq


def answer(header: str) -> str:
    """A response to the request received last, up to its body."""
    return f"""{header}
        [last_Via:]
        [last_From:]
        [last_To:]
        [last_Call-ID:]
        [last_CSeq:]
        {CONTACT}
        Content-Length: 0"""


def in_call(scenario: Scenario, dialog: Dialog, steps: Iterable[Step]) -> None:
    """The steps, then the other side's BYE; either way the scenario is over after it."""
    hung_up, over = scenario.label(), scenario.label()
    for step in (*steps, Talk()):
        _step(scenario, dialog, step, hung_up)
        if isinstance(step, HangUp):
            scenario.jump(over)
            break
    scenario.place(hung_up)
    scenario.send(answer("SIP/2.0 200 OK"))
    scenario.place(over)


def _step(scenario: Scenario, dialog: Dialog, step: Step, hung_up: int) -> None:
    match step:
        case Talk(seconds):
            scenario.until("BYE", FOREVER_S if seconds is None else seconds, hung_up)
        case Hold(seconds):
            _reinvite(scenario, dialog, "sendonly")
            scenario.until("BYE", seconds, hung_up)
            _reinvite(scenario, dialog, "sendrecv")
        case Press(keys):
            for key in keys:
                _info(scenario, dialog, key)
                scenario.until("BYE", KEY_MS / 1000, hung_up)
        case Refer(extension):
            _refer(scenario, dialog, f"<sip:{extension}@{PBX}>")
        case ReferWith(extension):
            _command(scenario)
            _refer(scenario, dialog, f"<sip:{extension}@{PBX}?Replaces=[$replaces]>")
        case Note(message):
            scenario.parts.append(f'<nop><action><log message="{message}"/></action></nop>')
        case HangUp():
            _request(scenario, dialog, "BYE")
            scenario.recv('response="200"')


def _request(scenario: Scenario, dialog: Dialog, method: str, rest: str = "") -> None:
    scenario.send(
        f"""{method} {dialog.uri} SIP/2.0
        {VIA}
        {dialog.local}
        {dialog.remote}
        Call-ID: [call_id]
        CSeq: {scenario.next_cseq()} {method}
        {CONTACT}
        Max-Forwards: 70
        {rest or "Content-Length: 0"}""",
        'retrans="500"',
    )


def _reinvite(scenario: Scenario, dialog: Dialog, direction: str) -> None:
    version = scenario.cseq + 1
    _request(scenario, dialog, "INVITE", SDP.format(version=version, direction=direction))
    scenario.recv('response="100" optional="true"')
    scenario.recv('response="200"')
    scenario.send(
        f"""ACK {dialog.uri} SIP/2.0
        {VIA}
        {dialog.local}
        {dialog.remote}
        Call-ID: [call_id]
        CSeq: {scenario.cseq} ACK
        Max-Forwards: 70
        Content-Length: 0"""
    )


def _info(scenario: Scenario, dialog: Dialog, key: str) -> None:
    body = (
        f"Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal={key}\nDuration=80"
    )
    _request(scenario, dialog, "INFO", body)
    scenario.recv('response="200"')


def _refer(scenario: Scenario, dialog: Dialog, target: str) -> None:
    """REFER; the NOTIFYs that follow are answered by SIPp itself (-aa)."""
    _request(
        scenario,
        dialog,
        "REFER",
        f"Refer-To: {target}\nReferred-By: <sip:[service]@[local_ip]>\nContent-Length: 0",
    )
    scenario.recv('response="202"')


def _command(scenario: Scenario) -> None:
    """Wait for the rig to say which dialog the REFER replaces."""
    scenario.parts.append(
        '<recvCmd src="m"><action><ereg regexp="Replaces: ([^ \\r\\n]+)" search_in="msg" '
        'check_it="true" assign_to="whole,replaces"/></action></recvCmd>'
        '<Reference variables="whole"/>'
    )
