"""The invented people of the demonstration: its agents, and who calls them."""

import csv
import unicodedata
from pathlib import Path
from random import Random
from typing import NamedTuple

from callcenter.demo.casting import Caller, Phone

DIRECTORY = Path(__file__).parent / "directory.csv"
"""Companies and contacts as ``callcenter directory import`` reads them."""


class Customer(NamedTuple):
    """Somebody of a company in the directory, with the login that they were given."""

    login: str
    name: str
    company: str


AGENTS = (
    Phone("PJSIP/101", "Alice Martin"),
    Phone("PJSIP/102", "Karim Benali"),
    Phone("PJSIP/103", "Chloé Dubois"),
    Phone("PJSIP/104", "Hugo Lefèvre"),
    Phone("PJSIP/105", "Inès Moreau"),
)
"""The account owners and backups of the directory."""


CUSTOMER = Customer("sandrine", "Sandrine Aubry", "Menuiserie Quatre-Vents")
"""Who signs in to the portal."""


def login_of(agent: Phone) -> str:
    """How an agent signs in: the first name, in plain letters."""
    first = unicodedata.normalize("NFKD", agent.name.split()[0].lower())
    return first.encode("ascii", "ignore").decode()


ANONYMOUS = Caller("anonymous", "Anonymous")
ANONYMOUS_SHARE = 0.08
UNKNOWN_SHARE = 0.14  # of callers that the directory does not know

FICTIONAL = ("019900", "026191", "035301", "046571", "053649", "063998")
"""The beginnings of the French numbers kept for fiction."""


class Callers:
    """Who calls next."""

    def __init__(self, random: Random, directory: Path = DIRECTORY) -> None:
        self._random = random
        with directory.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        self._numbers = [
            row[column].replace(" ", "") for row in rows for column in ("phone", "mobile")
        ]
        self._numbers = [number for number in self._numbers if number]

    def next(self) -> Caller:
        """Give one of the directory, a stranger, or somebody who hides the number."""
        lot = self._random.random()
        if lot < ANONYMOUS_SHARE:
            return ANONYMOUS
        if lot < ANONYMOUS_SHARE + UNKNOWN_SHARE:
            return Caller(self._as_sent(self._stranger()))
        return Caller(self._as_sent(self._random.choice(self._numbers)))

    def _stranger(self) -> str:
        while True:
            number = f"{self._random.choice(FICTIONAL)}{self._random.randrange(10_000):04d}"
            if number not in self._numbers:
                return number

    def _as_sent(self, national: str) -> str:
        """Write a number in one of the forms that operators send."""
        international = national.removeprefix("0")
        return self._random.choice(
            [national, national, f"+33{international}", f"0033{international}"]
        )
