"""How people write a number down: desks keep their contacts' numbers as text."""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from callcenter.core.identity import national, normalise


def spellings(e164: str) -> list[str]:
    """The number as it is mostly written, to look for in text: ``+33639981122``,
    ``+33 6 39 98 11 22``, ``06 39 98 11 22``, ``06.39.98.11.22``, ``06-39-98-11-22``,
    ``0639981122``.

    What is no E.164 number is written as it is.
    """
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return [e164]
    spaced = national(e164)
    marks = [spaced.replace(" ", mark) for mark in (" ", ".", "-", "")]
    abroad = phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
    return list(dict.fromkeys([e164, abroad, *marks]))


def is_spelling(raw: str, e164: str) -> bool:
    """Whether ``raw`` is this number as somebody wrote it; without a country, in its own."""
    try:
        code = phonenumbers.parse(e164, None).country_code
    except NumberParseException:
        return False
    country = phonenumbers.region_code_for_country_code(code or 0)
    return normalise(raw, country=country) == e164
