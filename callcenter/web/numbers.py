"""Telephone numbers as people read them."""

from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneNumberFormat

from webhooks import Caller


@lru_cache(maxsize=4096)
def shown(e164: str, country: str) -> str:
    """``06 39 98 11 22`` within the country, ``+44 20 7946 0018`` from abroad."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    home = phonenumbers.country_code_for_region(country) == number.country_code
    return phonenumbers.format_number(
        number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    )


def is_anonymous(raw: str) -> bool:
    """Whether the caller withheld the number: whatever word stands there, it has no digit."""
    return not any(letter.isdigit() for letter in raw)


def of_caller(caller: Caller, country: str) -> str | None:
    """The caller's number for people; None where it was withheld. Extensions stay as they are."""
    if caller.e164:
        return shown(caller.e164, country)
    return None if is_anonymous(caller.raw) else caller.raw
