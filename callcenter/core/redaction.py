"""Taking a person's numbers and names out of texts that others wrote.

A number is found however people write it: ``+33639981122``, ``06 39 98 11 22``, ``06.39.98.11.22``.
"""

import re
from collections.abc import Collection
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException

INSTEAD: Final = "…"
"""What stands where somebody was named, in any language."""

NAME_MIN: Final = 4
"""Shortest name that is looked for: a shorter one is a part of too many words."""

DIGITS_MIN: Final = 6
"""Fewest digits that are looked for: fewer are an amount, a time, an extension."""

BETWEEN: Final = r"(?:[ \t\n\r\xa0.\-/()]|\u202f)*"
"""What people put between two digits. One set of all of these takes Python milliseconds to compile,
for each call."""


def finder(numbers: Collection[str], names: Collection[str]) -> re.Pattern[str] | None:
    """What finds these in a text; None where there is nothing to look for.

    ``numbers`` are E.164 forms or whatever was sent in place of one.
    """
    parts = [part for number in sorted(numbers) if (part := _number(number))]
    wanted = {" ".join(name.split()) for name in names}
    longest_first = sorted(wanted, key=lambda name: (-len(name), name))
    parts += [_name(name) for name in longest_first if len(name) >= NAME_MIN]
    return re.compile("|".join(parts)) if parts else None


def without(text: str, found: re.Pattern[str] | None) -> str:
    """The text without them."""
    return text if found is None else found.sub(INSTEAD, text)


def _number(number: str) -> str | None:
    try:
        parsed = phonenumbers.parse(number, None)
    except NumberParseException:
        digits = [one for one in number if one.isdigit()]
        return _digits(digits, "") if len(digits) >= DIGITS_MIN else None
    own = phonenumbers.national_significant_number(parsed)
    trunk = rf"(?:\(0\)|0)?{BETWEEN}"
    country = rf"(?:(?:\+|00)?{BETWEEN}{parsed.country_code}{BETWEEN})?{trunk}"
    return _digits(list(own), country) if len(own) >= DIGITS_MIN else None


def _digits(digits: list[str], before: str) -> str:
    return rf"(?<!\d){before}{BETWEEN.join(digits)}(?!\d)"


def _name(name: str) -> str:
    words = r"\s+".join(map(re.escape, name.split(" ")))
    return rf"(?i:(?<!\w){words}(?!\w))"
