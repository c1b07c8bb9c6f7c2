"""Signatures after Standard Webhooks 1.0.0: three headers that say who wrote a body, and when.

What is signed is ``id.timestamp.body``, by HMAC-SHA256. Secrets are ``whsec_`` and base64. While
one is being replaced, both are valid: a message bears a signature by each, and is accepted if any
of its signatures is by any of the secrets that the receiver has.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"

SECRET_PREFIX = "whsec_"  # noqa: S105  (of every secret, and none by itself)
SECRET_MIN_BYTES, SECRET_MAX_BYTES = 24, 64
VERSION = "v1"

TOLERANCE_S = 300
"""How far a message's time may be from the receiver's, in seconds: one kept for longer is old."""


class SecretError(ValueError):
    """This is no secret; the message says what one looks like, and does not repeat it."""


class SignatureError(Exception):
    """The message was not signed by anybody who has the secret, or not just now."""


def key_of(secret: str) -> bytes:
    """The bytes to sign with. Raises SecretError."""
    try:
        if not secret.startswith(SECRET_PREFIX):
            raise ValueError(secret)
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except ValueError:
        key = b""
    if not SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES:
        raise SecretError(
            f"must be {SECRET_PREFIX} and {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES} bytes in base64"
        ) from None
    return key


def sign(secrets: Iterable[str], message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of a message, signed with every secret. Raises SecretError.

    The id has no full stop in it, or two messages could be signed alike; ``at`` is aware.
    """
    timestamp = str(int(at.timestamp()))
    signed = _signed(message_id, timestamp, body)
    signatures = (base64.b64encode(_hmac(secret, signed)).decode() for secret in secrets)
    return {
        ID: message_id,
        TIMESTAMP: timestamp,
        SIGNATURE: " ".join(f"{VERSION},{signature}" for signature in signatures),
    }


def verify(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The id of a message that one of the secrets signed within TOLERANCE_S of now.

    Raises SignatureError, whatever is in the headers, and SecretError. Names of headers are in
    lower case, unless the mapping compares them without case.
    """
    message_id, timestamp, found = (headers.get(name) for name in (ID, TIMESTAMP, SIGNATURE))
    if not message_id or not timestamp or not found:
        raise SignatureError(f"a signed message has {ID}, {TIMESTAMP} and {SIGNATURE}")
    _check_age(timestamp, now)
    signed = _signed(message_id, timestamp, body)
    given = list(_signatures(found))
    expected = [_hmac(secret, signed) for secret in secrets]
    if not any(hmac.compare_digest(ours, theirs) for ours in expected for theirs in given):
        raise SignatureError(f"no {VERSION} signature is by a secret that is known here")
    return message_id


def _check_age(timestamp: str, now: datetime) -> None:
    # Digits only: what int() takes beside them, such as "1_0" or " 10", nobody would sign.
    is_whole = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12
    if not is_whole or abs(now.timestamp() - int(timestamp)) > TOLERANCE_S:
        raise SignatureError(
            f"{TIMESTAMP} is more than {TOLERANCE_S} s from now, or not in seconds: "
            "set the clocks of both sides"
        )


def _signatures(text: str) -> Iterable[bytes]:
    """Each signature of our version; others, and what is none, are passed over."""
    for part in text.split(" "):
        version, _, signature = part.partition(",")
        if version == VERSION:
            try:
                yield base64.b64decode(signature, validate=True)
            except (binascii.Error, ValueError):
                continue


def _signed(message_id: str, timestamp: str, body: bytes) -> bytes:
    # Bytes of a header that are no text come as surrogates.
    return f"{message_id}.{timestamp}.".encode(errors="surrogatepass") + body


def _hmac(secret: str, signed: bytes) -> bytes:
    return hmac.digest(key_of(secret), signed, hashlib.sha256)
