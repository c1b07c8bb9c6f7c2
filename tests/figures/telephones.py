"""The telephones: SIPp processes that take any number of calls, and do as the number says.

What a telephone itself knows of a hold is nowhere in Asterisk's records, so it writes it down, a
line each, as ``WHAT NUMBER TIMESTAMP``: ``held`` and ``taken-back``, and ``over`` when the call is.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from tests.figures import numbers, site
from tests.rig.scenario import SDP, Scenario, answer, in_call
from tests.rig.steps import HangUp, Hold, Note, Press, Refer, Step, Talk
from tests.rig.telephone import INBOUND, RETRANSMITTED, give_up, ring, taken, to_invite

T = TypeVar("T")

NUMBER = '<ereg regexp="0[0-9]{9}" search_in="hdr" header="From:" assign_to="number"/>'
LONGEST_S = 40.0
"""Longer than anything here lasts."""

HOLD_S = 1.2
CONSULTS_S = 2.2
"""From the number of the colleague to the hang-up that joins them with the caller."""

TURNS = 4
TURN_S = 0.5
FIRST_TURN_S = 0.02  # to SIPp a timeout of 0 is none
"""A telephone that is not the first whom a caller's number means waits so much longer, for each
that is before it: two that answer at the same moment are for other tests."""

OTHER_LINE = site.RING["network"]
AFTER_REFER_S = 0.5

COLLEAGUE_ANSWERS_S = 0.4
COLLEAGUE_TALKS_S = 3.8
"""Longer than a consultation."""


def agent(name: str) -> str:
    """A telephone of ring groups."""
    scenario = Scenario("")
    answers, cancelled, crossed, ready, end = (scenario.label() for _ in range(5))
    ring(scenario, NUMBER)
    patterns = {"mine": numbers.ANSWERED}
    patterns |= {f"rings{one}": numbers.rings_for(one) for one in numbers.RING_S}
    patterns |= {f"turn{turn}": _turn(name, turn) for turn in range(TURNS)}
    steps = {
        f"does{does}{talks}": _steps(name, does, seconds)
        for does in numbers.DOES
        for talks, seconds in numbers.TALK_S.items()
    }
    patterns |= {
        f"does{does}{talks}": numbers.does(does, talks)
        for does in numbers.DOES
        for talks in numbers.TALK_S
    }
    _look(scenario, patterns)
    _go(scenario, answers, "mine")
    scenario.until("CANCEL", LONGEST_S, cancelled)
    scenario.jump(end)
    scenario.place(answers)
    rings = {f"rings{one}": seconds for one, seconds in numbers.RING_S.items()}
    turns = {f"turn{turn}": turn * TURN_S + FIRST_TURN_S for turn in range(TURNS)}
    for waits in (rings, turns):
        _one_of(scenario, waits, lambda s: scenario.until("CANCEL", s, cancelled))
    scenario.send(to_invite("200 OK", SDP.format(version=1, direction="sendrecv")), RETRANSMITTED)
    scenario.place(ready)
    scenario.recv(f'request="CANCEL" optional="true" next="{crossed}"')
    scenario.recv('request="ACK"')
    _one_of(scenario, steps, lambda some: in_call(scenario, INBOUND, some))
    scenario.parts.append(f'<nop><action><log message="{_words("over")}"/></action></nop>')
    scenario.jump(end)
    give_up(scenario, cancelled)
    scenario.jump(end)
    scenario.place(crossed)
    scenario.send(answer("SIP/2.0 200 OK"))
    scenario.jump(ready)
    scenario.place(end)
    return scenario.xml()


def colleague(silence: str) -> str:
    """A telephone that answers whoever is handed on to it, or asks."""
    return taken(silence, COLLEAGUE_ANSWERS_S, [Talk(COLLEAGUE_TALKS_S), HangUp()])


def _steps(name: str, does: str, talk_s: float) -> Sequence[Step]:
    """What an agent does in the call, from the answer to the hang-up."""
    held, consult = Note(_words("held")), (Talk(0.8), Press(site.CONSULTED), Talk(CONSULTS_S))
    is_other_line = name in site.NETWORK
    by_word: Mapping[str, Sequence[Step]] = {
        "hangs up": (HangUp(),),
        "stays": (Talk(),),
        "holds": (held, Hold(HOLD_S), Note(_words("taken-back")), Talk(0.5), HangUp()),
        "transfers by #1": (Press("#1"), held, Press(site.BLIND_TARGET), Talk()),
        "transfers by key": _refers(site.BLIND_TARGET),
        "transfers by *2": (Press("*2"), held, *consult, HangUp()),
        "sends on to the other line": (HangUp(),) if is_other_line else _refers(OTHER_LINE),
    }
    return (Talk(talk_s), *by_word[numbers.DOES[does]])


def _refers(extension: str) -> Sequence[Step]:
    """By the telephone's own key; it hangs up once it is told that the other one rings."""
    return (Refer(extension), Talk(AFTER_REFER_S), HangUp())


def _turn(name: str, turn: int) -> str:
    """The numbers for which this telephone is so many places behind the first."""
    place = site.TURNS[name]
    digits = "".join(str(digit) for digit in range(10) if (place - digit) % TURNS == turn)
    return f"^0.{{8}}[{digits}]"


def _look(scenario: Scenario, patterns: Mapping[str, str]) -> None:
    """Set a variable for each pattern that the caller's number matches."""
    actions = [
        f'<ereg regexp="{pattern}" search_in="var" variable="number" assign_to="{name}"/>'
        for name, pattern in patterns.items()
    ]
    scenario.parts.append(f"<nop><action>{''.join(actions)}</action></nop>")


def _one_of(scenario: Scenario, choices: Mapping[str, T], run: Callable[[T], None]) -> None:
    """What belongs to the variable that is set."""
    places = {name: scenario.label() for name in choices}
    end = scenario.label()
    for name, place in places.items():
        _go(scenario, place, name)
    for name, place in places.items():
        scenario.place(place)
        run(choices[name])
        scenario.jump(end)
    scenario.place(end)


def _go(scenario: Scenario, label: int, test: str) -> None:
    scenario.parts.append(f'<nop next="{label}" test="{test}"/>')


def _words(what: str) -> str:
    return f"{what} [$number] [timestamp]"
