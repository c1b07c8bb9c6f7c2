"""Who calls, and what happens to the call: everything is in the caller's number.

A telephone knows nothing of a call but the number that it shows. So the number says what the
telephones do with it, and the caller does what fits; the seed draws the numbers. All are from the
French ranges for fiction, and every call has one of its own.

============  ====================================================================================
063998 abcd   answered, as are 053649 and 035301: ``a`` says by which telephone (8, 9: all of them
              at once), ``b`` after how long, ``c`` how long they talk, ``d`` who hangs up (even:
              the agent)
019900 abcd   nobody answers: given up after ``b``. With ``a`` of 7 and more they answer at the
              moment in which the caller gives up
026191 abcd   nobody answers, and the caller waits for the mailbox
============  ====================================================================================

What is written here as a pattern is a POSIX extended regular expression, for SIPp.
"""

import random
from collections.abc import Iterator

ANSWERED = ("063998", "053649", "035301")
GIVEN_UP = "019900"
OVERFLOWING = "026191"
SHARES = {ANSWERED: 84, (GIVEN_UP,): 12, (OVERFLOWING,): 4}
"""Of a hundred calls."""

RING_S = {"012": 0.2, "345": 0.6, "678": 1.2, "9": 2.2}
"""By the digit ``b``."""

TALK_S = {"012": 1.0, "345": 2.0, "67": 3.0, "89": 4.0}
"""By the digit ``c``."""

MAILBOX_S = 9.0
"""After this a caller has rung in vain, and has told the mailbox something."""

HANGS_UP = f"^({'|'.join(ANSWERED)})...[13579]"
"""Callers who hang up themselves: the agent stays."""

STAYS = f"^({'|'.join(ANSWERED)})...[02468]"
"""Those who stay until the agent hangs up."""

LISTENS = f"^{OVERFLOWING}"
GIVES_UP = f"^{GIVEN_UP}"


def drawn(dice: random.Random) -> Iterator[str]:
    """Numbers of callers, until the ranges are empty; none twice."""
    seen: set[str] = set()
    while True:
        (prefixes,) = dice.choices(list(SHARES), list(SHARES.values()))
        number = f"{dice.choice(prefixes)}{dice.randrange(10_000):04}"
        if number not in seen:
            seen.add(number)
            yield number


def rings_for(digits: str) -> str:
    """The numbers whose digit ``b`` is one of these."""
    return f"^0.{{6}}[{digits}]"


def talks_for(digits: str) -> str:
    """The numbers whose digit ``c`` is one of these."""
    return f"^0.{{7}}[{digits}]"


def answered_by(index: int, of: int) -> str:
    """The numbers that the telephone with this index answers."""
    own = "".join(str(digit) for digit in range(8) if digit % of == index)
    return f"^(({'|'.join(ANSWERED)})[{own}89]|{GIVEN_UP}[789])"
