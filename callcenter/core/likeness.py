"""Which names could be of the same company or person, and which entries may be there twice.

Nothing is merged because of it: people are shown both, and decide.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Final

LEGAL_FORMS: Final = frozenset(
    {  # How a company is held says nothing of which it is: in France, then among its neighbours.
        *("ei", "eirl", "eurl", "gie", "sa", "sarl", "sas", "sasu", "sca", "sci", "scm", "scop"),
        *("scp", "selarl", "snc"),
        *("ag", "bv", "bvba", "gmbh", "kg", "llc", "llp", "ltd", "nv", "plc", "sagl", "spa", "srl"),
    }
)

SHARED_BY_MAX = 2
"""Colleagues who alone have a number may be one person; a number of more is an office's."""

ALIKE_MAX = 5
"""Entries alike that are compared with each other: more of them are no slip of the keyboard."""


class Likeness(StrEnum):
    """Why two entries may be one."""

    EMAIL = "email"
    NUMBER = "number"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Known:
    """An entry of the directory; those of another ``within`` are never the same."""

    id: int
    name: str
    numbers: frozenset[str] = frozenset()  # E.164
    email: str | None = None
    within: int | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two entries that may be one: the older first, and why."""

    first: int
    second: int
    reasons: tuple[Likeness, ...]


def folded(text: str) -> str:
    """The text without capitals and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def company_key(name: str) -> str:
    """Equal for names that differ in capitals, accents, signs and legal form alone."""
    words = _words(name)
    essential = [word for word in words if word not in LEGAL_FORMS]
    return " ".join(essential or words)


def person_key(name: str) -> str:
    """The same for people, whose family name may come first."""
    return " ".join(sorted(_words(name)))


def pairs(entries: Iterable[Known], key: Callable[[str], str]) -> list[Pair]:
    """Those that may be the same, the likeliest first; ``key`` says which names are alike."""
    found: defaultdict[tuple[int, int], set[Likeness]] = defaultdict(set)
    everything = sorted(entries, key=lambda one: one.id)
    for likeness, groups in _groups(everything, key):
        most = SHARED_BY_MAX if likeness is Likeness.NUMBER else ALIKE_MAX
        for group in groups:
            if len(group) <= most:
                for first, second in combinations(group, 2):
                    found[first, second].add(likeness)
    names = {one.id: folded(one.name) for one in everything}
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), names[item[0][0]], item[0]))
    return [
        Pair(first, second, tuple(one for one in Likeness if one in reasons))
        for (first, second), reasons in ordered
    ]


def _groups(
    entries: Sequence[Known], key: Callable[[str], str]
) -> Iterable[tuple[Likeness, Iterable[Sequence[int]]]]:
    """The ids of entries that have something in common, by what it is."""
    by_name, by_email, by_number = defaultdict(list), defaultdict(list), defaultdict(list)
    for one in entries:
        by_name[one.within, key(one.name)].append(one.id)
        if one.email:
            by_email[one.within, one.email.casefold()].append(one.id)
        for number in one.numbers:
            by_number[one.within, number].append(one.id)
    yield Likeness.NAME, by_name.values()
    yield Likeness.EMAIL, by_email.values()
    yield Likeness.NUMBER, by_number.values()


def _words(name: str) -> list[str]:
    text = folded(name).replace("œ", "oe").replace("æ", "ae").replace("&", " et ")
    # "S.A.R.L." is one word, "Saint-Jean" two.
    return re.sub(r"[^\w]+", " ", re.sub(r"[.'’]", "", text)).split()
