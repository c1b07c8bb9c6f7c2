"""Webhooks of desks: what is believed of them, and why not."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from callcenter.errors import CallcenterError

DELIVERY_ID_MAX = 64

AGE_MAX_S = 300.0
"""How old a webhook may be that says when it was sent, or how far in the future."""

WEBHOOK_USER = "callcenter"
"""Who a desk says it is that gives a password with its webhooks."""


class HookError(CallcenterError):
    """A webhook that changes nothing.

    HookError
    ├── ForgedError      whoever sent it does not know the secret, or signed it otherwise
    ├── StaleError       it is too old: somebody kept it, or a clock is wrong
    └── MalformedError   it is signed, and makes no sense
    """

    code = "hook"


class ForgedError(HookError):
    """Its signature is missing, or not of these bytes by our secret."""

    code = "hook_forged"


class StaleError(HookError):
    """It was sent longer ago than AGE_MAX_S, or will be."""

    code = "hook_stale"


class MalformedError(HookError):
    """Its body is not what this desk sends."""

    code = "hook_malformed"


def header(headers: Mapping[str, str], name: str) -> str:
    """The header of this name, compared without case; empty where there is none."""
    return next((value for one, value in headers.items() if one.lower() == name.lower()), "")


def key_of(secret: str) -> bytes:
    """What webhooks are signed with. Raises ForgedError where it is empty: none is believed."""
    if not secret:
        raise ForgedError("no secret for webhooks is configured: give both sides the same one")
    return secret.encode()


def check_secret(given: str, expected: str, where: str) -> None:
    """Raise ForgedError where a shared word, or a signature made by us, is not the one given.

    ``where`` is the header that it came in.
    """
    if not hmac.compare_digest(given.encode(errors="replace"), expected.encode()):
        raise ForgedError(f"{where} is missing or wrong: give both sides the same secret")


def check_password(headers: Mapping[str, str], secret: str) -> None:
    """The same for a sender who signs nothing, and gives our secret as the password of WEBHOOK_USER
    (RFC 7617)."""
    pair = f"{WEBHOOK_USER}:{key_of(secret).decode()}"
    expected = f"Basic {base64.b64encode(pair.encode()).decode()}"
    check_secret(header(headers, "Authorization"), expected, "the password that it comes with")


def check_age(sent_at: datetime, now: datetime) -> None:
    """Raise StaleError for one that was sent too long ago."""
    if abs((now - sent_at).total_seconds()) > AGE_MAX_S:
        raise StaleError(f"it was sent more than {AGE_MAX_S:.0f} s ago, or a clock is wrong")


def digest_of(body: bytes) -> str:
    """An id for a webhook whose sender gives it none: the same bytes are the same webhook."""
    return hashlib.sha256(body).hexdigest()


def delivery_id(given: str, body: bytes) -> str:
    """The id that the sender gave it, cut, or else one of its bytes."""
    return given[:DELIVERY_ID_MAX] or digest_of(body)
