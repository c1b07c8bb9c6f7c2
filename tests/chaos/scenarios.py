"""SIPp scenarios of many calls: a telephone, and the callers of a line.

There is no media: Asterisk misses none, and two cores carry more calls. What matters is logged,
one line each, as ``WHAT NUMBER TIMESTAMP``: ``placed``, ``answered``, ``over`` and ``gave-up`` by
callers, ``connected`` and ``over`` by telephones.
"""

from collections.abc import Callable, Mapping, Sequence

from tests.chaos import callers
from tests.rig.caller import TO, URI
from tests.rig.caller import VIA as VIA_OF_INVITE
from tests.rig.scenario import CONTACT, SDP, VIA, Scenario, answer
from tests.rig.telephone import KEEP, RETRANSMITTED, to_invite

LONGEST_S = 20.0
"""A call whose other side was killed is given up after so long; so is ringing."""

SILENT = SDP.format(version=1, direction="sendrecv").replace("[rtpstream_audio_port]", "6000")
NUMBER = '<ereg regexp="0[0-9]{9}" search_in="hdr" header="From:" assign_to="number"/>'
DURATIONS = {"rings": callers.RING_S, "talks": callers.TALK_S}
FROM = "From: <sip:[$number]@[local_ip]:[local_port]>;tag=c[pid]-[call_number]"
TO_CALLED = f"{TO}[peer_tag_param]"
TELEPHONES_FROM, TELEPHONES_TO = "From:[$local];tag=t[pid]-[call_number]", "To:[$remote]"


def telephone(index: int, of: int) -> str:
    """A telephone that takes any number of calls, and answers those that are its own."""
    scenario = Scenario("")
    answers, cancelled, crossed, ready, end = (scenario.label() for _ in range(5))
    scenario.recv('request="INVITE" rrs="true"', KEEP + NUMBER)
    scenario.parts.append('<Reference variables="cseq,remote,local"/>')
    _look(scenario, mine=callers.answered_by(index, of), stays=callers.HANGS_UP)
    scenario.send(to_invite("180 Ringing"))
    _go(scenario, answers, "mine")
    scenario.until("CANCEL", LONGEST_S, cancelled)
    scenario.jump(end)
    scenario.place(answers)
    _as_long(scenario, "rings", lambda s: scenario.until("CANCEL", s, cancelled))
    scenario.send(to_invite("200 OK", SILENT), RETRANSMITTED)
    scenario.place(ready)
    scenario.recv(f'request="CANCEL" optional="true" next="{crossed}"')
    scenario.recv('request="ACK"', _log("connected"))
    _talk(scenario, TELEPHONES_FROM, TELEPHONES_TO, {"stays": LONGEST_S}, ["talks"])
    scenario.jump(end)
    scenario.place(crossed)
    scenario.send(answer("SIP/2.0 200 OK"))
    scenario.jump(ready)
    scenario.place(cancelled)
    scenario.send(answer("SIP/2.0 200 OK"))
    scenario.send(to_invite("487 Request Terminated"), RETRANSMITTED)
    scenario.recv('request="ACK"')
    scenario.place(end)
    return scenario.xml()


def customers() -> str:
    """The callers of a line: each takes the next number of the file."""
    scenario = Scenario("")
    answered, hurried, given_up, end = (scenario.label() for _ in range(4))
    _do(scenario, '<assignstr assign_to="number" value="[field0]"/>')
    _look(scenario, hurried=callers.GIVES_UP, stays=callers.STAYS, listens=callers.LISTENS)
    _do(scenario, _log("placed"))
    scenario.send(_request("INVITE", URI, VIA_OF_INVITE, TO, SILENT), RETRANSMITTED)
    for status in (100, 181, 183):
        scenario.recv(f'response="{status}" optional="true"')
    # SIPp keeps no time while it waits for one of several messages: so the ringing first.
    scenario.recv(f'response="200" optional="true" rrs="true" next="{answered}"')
    scenario.recv('response="180"')
    _go(scenario, hurried, "hurried")
    _ok_within(scenario, LONGEST_S, answered)
    scenario.jump(given_up)
    scenario.place(hurried)
    _as_long(scenario, "rings", lambda s: _ok_within(scenario, s, answered))
    scenario.place(given_up)
    _do(scenario, _log("gave-up"))
    scenario.send(_request("CANCEL", URI, VIA_OF_INVITE, TO), RETRANSMITTED)
    scenario.recv('response="200"')
    scenario.recv('response="487"')
    scenario.send(_request("ACK", URI, VIA_OF_INVITE, TO_CALLED))
    scenario.jump(end)
    scenario.place(answered)
    scenario.send(_request("ACK", "[next_url]", VIA, TO_CALLED))
    _do(scenario, _log("answered"))
    # A queue with music answers before anybody does: the ringing may be still to come.
    hurried = scenario.label()
    _go(scenario, hurried, "hurried")
    _talk(
        scenario,
        FROM,
        TO_CALLED,
        {"stays": LONGEST_S, "listens": callers.MAILBOX_S},
        ["rings", "talks"],
    )
    scenario.jump(end)
    scenario.place(hurried)
    _talk(scenario, FROM, TO_CALLED, {}, ["rings"])
    scenario.place(end)
    return scenario.xml()


def _talk(
    scenario: Scenario, local: str, remote: str, waits: Mapping[str, float], steps: Sequence[str]
) -> None:
    """Wait for the other's BYE, and hang up after a while: that of the first variable in ``waits``
    which is set, or of ``steps`` one after another.
    """
    hung_up, goes, end = (scenario.label() for _ in range(3))
    places = {variable: scenario.label() for variable in waits}
    for variable, place in places.items():
        _go(scenario, place, variable)
    for step in steps:
        _as_long(scenario, step, lambda s: scenario.until("BYE", s, hung_up))
    scenario.jump(goes)
    for variable, place in places.items():
        scenario.place(place)
        scenario.until("BYE", waits[variable], hung_up)
        scenario.jump(goes)
    scenario.place(goes)
    _do(scenario, _log("over"))
    scenario.send(_bye(local, remote), RETRANSMITTED)
    scenario.recv('response="200"')
    scenario.jump(end)
    scenario.place(hung_up)
    _do(scenario, _log("over"))
    scenario.send(answer("SIP/2.0 200 OK"))
    scenario.place(end)


def _look(scenario: Scenario, **patterns: str) -> None:
    """Set a variable for each pattern that the caller's number matches, and those for how long."""
    patterns |= {f"rings{digits}": callers.rings_for(digits) for digits in callers.RING_S}
    patterns |= {f"talks{digits}": callers.talks_for(digits) for digits in callers.TALK_S}
    _do(
        scenario,
        *(
            f'<ereg regexp="{pattern}" search_in="var" variable="number" assign_to="{name}"/>'
            for name, pattern in patterns.items()
        ),
    )


def _as_long(scenario: Scenario, what: str, wait: Callable[[float], None]) -> None:
    """Wait as long as the caller's number says: a timeout of SIPp's is no variable."""
    durations = DURATIONS[what]
    places = {digits: scenario.label() for digits in durations}
    end = scenario.label()
    for digits, place in places.items():
        _go(scenario, place, f"{what}{digits}")
    for digits, place in places.items():
        scenario.place(place)
        wait(durations[digits])
        scenario.jump(end)
    scenario.place(end)


def _ok_within(scenario: Scenario, seconds: float, answered: int) -> None:
    over = scenario.label()
    limit = f'timeout="{int(seconds * 1000)}" ontimeout="{over}"'
    scenario.recv(f'response="200" rrs="true" next="{answered}" {limit}')
    scenario.place(over)


def _go(scenario: Scenario, label: int, test: str) -> None:
    scenario.parts.append(f'<nop next="{label}" test="{test}"/>')


def _do(scenario: Scenario, *actions: str) -> None:
    scenario.parts.append(f"<nop><action>{''.join(actions)}</action></nop>")


def _log(what: str) -> str:
    return f'<log message="{what} [$number] [timestamp]"/>'


def _bye(local: str, remote: str) -> str:
    return f"""BYE [next_url] SIP/2.0
        {VIA}
        {local}
        {remote}
        Call-ID: [call_id]
        CSeq: 2 BYE
        {CONTACT}
        Max-Forwards: 70
        Content-Length: 0"""


def _request(method: str, uri: str, via: str, to: str, rest: str = "Content-Length: 0") -> str:
    return f"""{method} {uri} SIP/2.0
        {via}
        {FROM}
        {to}
        Call-ID: [call_id]
        CSeq: 1 {method}
        {CONTACT}
        Max-Forwards: 70
        Allow: INVITE, ACK, CANCEL, BYE, INFO, NOTIFY, REFER, UPDATE
        {rest}"""
