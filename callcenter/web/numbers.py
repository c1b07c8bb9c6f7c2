"""Telephone numbers as the pages show them."""

from functools import lru_cache

from callcenter.core.identity import national
from webhooks import Caller


@lru_cache(maxsize=4096)
def shown(e164: str, country: str) -> str:
    """``06 39 98 11 22`` within the country, ``+44 20 7946 0018`` from abroad."""
    return national(e164, country=country)


def is_anonymous(raw: str) -> bool:
    """Whether the caller withheld the number: whatever word stands there, it has no digit."""
    return not any(letter.isdigit() for letter in raw)


def of_caller(caller: Caller, country: str) -> str | None:
    """The caller's number for people; None where it was withheld. Extensions stay as they are."""
    if caller.e164:
        return shown(caller.e164, country)
    return None if is_anonymous(caller.raw) else caller.raw


def extension(interface: str) -> str:
    """A telephone as people call it: ``101`` of ``PJSIP/101`` and of ``Local/101@internal/n``."""
    return interface.partition("/")[2].partition("@")[0] or interface
