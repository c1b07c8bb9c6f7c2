"""Who calls, as far as the number tells.

Numbers are compared in E.164, read in the country of the line that was called. A number is a hint,
never an identity: nothing may be disclosed or done because of it.
"""

import re

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

RAW_MAX = 64
"""Longest raw number that is looked at. E.164 has 15 digits; people add blanks and a prefix."""

SUBSCRIBER_MIN_DIGITS = 8
"""Digits from which a number of a possible length is nobody's extension."""

_DIALLED = re.compile(r"\+?[0-9 \u00a0\u202f().\-/]{3,}")


def normalise(raw: str, *, country: str) -> str | None:
    """Bring ``raw`` to E.164 (``+33639981122``), or None where it is no public number.

    ``country`` has two letters (``FR``) and says how to read a number without its country. A
    number of a possible length will do, since ranges open before a library knows them; one
    shorter than any subscriber's must be valid, or extensions would pass for numbers. Never raises.
    """
    parsed = _parse(raw, country)
    return None if parsed is None else phonenumbers.format_number(parsed, PhoneNumberFormat.E164)


def national(e164: str, *, country: str | None = None) -> str:
    """How people write the number: ``06 39 98 11 22``.

    One of another country than ``country`` keeps its own in front: ``+44 20 7946 0000``. What is
    no E.164 number comes back as it is.
    """
    parsed = _parse(e164, None)
    if parsed is None:
        return e164
    abroad = country is not None and not _belongs_to(parsed, country)
    form = PhoneNumberFormat.INTERNATIONAL if abroad else PhoneNumberFormat.NATIONAL
    return phonenumbers.format_number(parsed, form)


def dialled(e164: str, *, country: str) -> str:
    """What somebody in that country dials: ``0639981122``, ``00442079460000``; digits only."""
    parsed = _parse(e164, None)
    if parsed is None:
        return e164
    written = phonenumbers.format_out_of_country_calling_number(parsed, country)
    return "".join(one for one in written if one in "+0123456789")


def is_costly(e164: str) -> bool:
    """Whether who calls the number pays for more than the call.

    Nobody calls back what is none of a customer's: a caller's number is whatever was sent.
    """
    parsed = _parse(e164, None)
    return parsed is not None and phonenumbers.number_type(parsed) == PhoneNumberType.PREMIUM_RATE


def _belongs_to(number: PhoneNumber, country: str) -> bool:
    return bool(number.country_code == phonenumbers.country_code_for_region(country))


def _parse(raw: str, country: str | None) -> PhoneNumber | None:
    if len(raw) > RAW_MAX:
        return None
    written = raw.strip()
    if not _DIALLED.fullmatch(written):
        return None
    try:
        number = phonenumbers.parse(written, country)
    except NumberParseException:
        return None
    if phonenumbers.is_valid_number(number):
        return number
    long_enough = sum(map(str.isdigit, written)) >= SUBSCRIBER_MIN_DIGITS
    return number if long_enough and _has_possible_length(number) else None


def _has_possible_length(number: PhoneNumber) -> bool:
    reason = phonenumbers.is_possible_number_with_reason(number)
    return bool(reason == ValidationResult.IS_POSSIBLE)
