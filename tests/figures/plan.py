"""Which calls come, and when: decided by a seed before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.figures import site
from tests.figures.numbers import Numbers, talked_s
from tests.rig.steps import HangUp, Press, Talk

EACH_S = 1.15
"""From one call to the next, where telephones are to be free for most of them."""

SLOW = "9"
GIVES_UP_S = 7.5
GIVES_UP_AT_ONCE_S = (1.0, 3.5)
LISTENS_S = 2.5
"""To the mailbox, and tells it something."""

AT_MOST_S = 28.0
"""Longer than it rings and anybody talks: who was left to the mailbox unplanned ends it then."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What becomes of a call, if a telephone is free, and how many of a hundred are so."""

    name: str
    line: str
    share: int
    agent: str | None = None  # what the agent does; None: nobody answers
    rings: str = "012345678"


KINDS = (
    Kind("answered", "support", 14, "hangs up"),
    Kind("answered, the caller ends it", "support", 8, "stays"),
    Kind("answered late", "support", 2, "hangs up", SLOW),
    Kind("on hold", "support", 6, "holds"),
    Kind("handed on by #1", "support", 4, "transfers by #1"),
    Kind("handed on by key", "support", 3, "transfers by key"),
    Kind("handed on by *2", "support", 4, "transfers by *2"),
    Kind("sent on to the other line", "support", 2, "sends on to the other line"),
    Kind("given up at once, an agent was near", "support", 2, "hangs up", SLOW),
    Kind("answered", "network", 9, "hangs up"),
    Kind("answered, the caller ends it", "network", 6, "stays"),
    Kind("answered late", "network", 2, "hangs up", SLOW),
    Kind("on hold", "network", 4, "holds"),
    Kind("handed on by #1", "network", 3, "transfers by #1"),
    Kind("handed on by key", "network", 2, "transfers by key"),
    Kind("handed on by *2", "network", 3, "transfers by *2"),
    Kind("given up", "network", 2),
    Kind("given up at once", "network", 3),
    Kind("left to the mailbox", "network", 2),
    Kind("given up", "sales", 4),
    Kind("given up at once", "sales", 3),
    Kind("left to the mailbox", "sales", 3),
    Kind("answered behind the menu", "menu", 2, "hangs up"),
    Kind("given up in the menu", "menu", 1),
    Kind("chose nothing", "menu", 2),
    Kind("out of hours", "night", 4),
)


SHORT = (
    ("left to the mailbox", "sales"),
    ("given up", "sales"),
    ("handed on by *2", "network"),
    ("sent on to the other line", "support"),
    ("answered late", "network"),
    ("handed on by #1", "support"),
    ("given up at once", "sales"),
    ("handed on by *2", "support"),
    ("on hold", "network"),
    ("chose nothing", "menu"),
    ("on hold", "support"),
    ("out of hours", "night"),
    ("handed on by key", "support"),
    ("given up in the menu", "menu"),
    ("answered", "support"),
    ("given up at once", "network"),
    ("answered, the caller ends it", "network"),
)
"""Of every outcome, in an order in which few have to wait: what lasts long comes first."""

SHORT_EACH_S = 0.7


@dataclass(frozen=True, slots=True)
class Planned:
    """One caller: when they call, and what they do, as ``Rig.call`` takes it."""

    at_s: float
    kind: Kind
    number: str
    does: Mapping[str, Any] = field(default_factory=dict)


def planned(seed: int, calls: int, each_s: float = EACH_S) -> list[Planned]:
    """So many calls: each kind once, if there are enough, and beyond that by their shares."""
    dice = Random(seed)
    kinds = list(KINDS)[:calls]
    kinds += dice.choices(KINDS, [kind.share for kind in KINDS], k=calls - len(kinds))
    dice.shuffle(kinds)
    return _one_after_another(kinds, dice, each_s)


def short(seed: int) -> list[Planned]:
    """A call of every outcome, in some twenty seconds."""
    found = {(kind.name, kind.line): kind for kind in KINDS}
    return _one_after_another([found[one] for one in SHORT], Random(seed), SHORT_EACH_S)


def _one_after_another(kinds: Sequence[Kind], dice: Random, each_s: float) -> list[Planned]:
    numbers = Numbers(dice)
    return [
        _caller(kind, numbers, dice, (place + dice.random()) * each_s)
        for place, kind in enumerate(kinds)
    ]


def _caller(kind: Kind, numbers: Numbers, dice: Random, at_s: float) -> Planned:
    number = numbers.ignored() if kind.agent is None else numbers.answered(kind.agent, kind.rings)
    return Planned(at_s, kind, number, _does(kind, number, dice))


def _does(kind: Kind, number: str, dice: Random) -> Mapping[str, object]:
    """What the caller does, as ``Rig.call`` takes it."""
    at_once_s = round(dice.uniform(*GIVES_UP_AT_ONCE_S), 3)
    # A queue that plays music takes the call at once, a Dial lets it ring.
    rung_s = site.RING_TIMEOUT_S if kind.line in site.QUEUE else 0
    by_name: Mapping[str, Mapping[str, object]] = {
        "given up": _gives_up(GIVES_UP_S),
        "given up at once": _gives_up(at_once_s),
        "left to the mailbox": {"hangup_after": rung_s + LISTENS_S},
        "answered behind the menu": {"doing": (Talk(0.6), Press("1"), Talk())},
        "given up in the menu": {"hangup_after": 0.8},
        "chose nothing": {"doing": (Talk(0.6), Press("7"), Talk())},
    }
    talks_s = talked_s(number) if kind.agent == "stays" else AT_MOST_S
    return by_name.get(kind.name.partition(",")[0], {"doing": (Talk(talks_s), HangUp())})


def _gives_up(after_s: float) -> Mapping[str, object]:
    """While it rings, or where the PBX took the call to play music, after that."""
    return {"gives_up_after": after_s, "hangup_after": after_s}
