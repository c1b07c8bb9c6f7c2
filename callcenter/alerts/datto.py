"""Datto RMM: the body is the template that docs/alerts.md shows, with its variables filled in.

They are filled in as they are: a quotation mark or a backslash in an alert's message breaks the
JSON around it. So the message stands last in the template: of each key the first one counts, and
nothing that an event log says can take the place of what the template says before it.

The button that tries a webhook sends the template as it is; so does a variable that there is not.
"""

import json
import re
from collections.abc import Iterator, Sequence

from callcenter.alerts.payload import Payload, PayloadError, text_of
from callcenter.core.alert import Alert, Phase

KEYS = (
    "state",
    "alert_uid",
    "priority",
    "category",
    "device",
    "device_id",
    "site_id",
    "site",
    "platform",
    "message",
)

_VARIABLE = re.compile(r"\[[a-z_]+\]")
_BEGINS = re.compile(r'\s*\{\s*"(\w+)"\s*:\s*"')
_NEXT = re.compile(r'"\s*,\s*"(' + "|".join(KEYS) + r')"\s*:\s*"')
_ENDS = re.compile(r'"\s*\}\s*\Z')
_PLATFORM = re.compile(r"[a-z]{1,20}")
_UID = re.compile(r"[A-Za-z0-9-]{1,64}")


def parse(body: bytes) -> Payload:
    """The alert of one body. Raises PayloadError."""
    said = _fields(text_of(body))
    uid = said.get("alert_uid", "")
    if _VARIABLE.fullmatch(uid):
        return Payload(())
    if not uid:
        raise PayloadError("it has no alert_uid: paste the template of docs/alerts.md")
    known = {key: "" if _VARIABLE.fullmatch(text) else text for key, text in said.items()}
    alert = Alert.of(
        key=uid,
        episode="",  # each of its alerts has an id of its own
        phase=Phase.OVER if known.get("state", "").lower() == "resolved" else Phase.FIRING,
        text=known.get("message") or known.get("category", ""),
        site=known.get("site", ""),
        device=known.get("device", ""),
        device_id=known.get("device_id", ""),
        severity=known.get("priority", ""),
        url=_address(known.get("platform", ""), uid),
    )
    return Payload((alert,))


def _fields(text: str) -> dict[str, str]:
    try:
        # Not strict: a message has line breaks in it.
        pairs = json.loads(text, strict=False, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return _as_it_was_filled_in(text)
    if not isinstance(pairs, _Pairs):
        raise PayloadError("it is no JSON object: paste the template of docs/alerts.md")
    return _first(pairs.of)


class _Pairs:
    """An object with each of its pairs, also where a key is there twice."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        self.of = [(key, str(value)) for key, value in pairs if isinstance(value, str | int)]


def _as_it_was_filled_in(text: str) -> dict[str, str]:
    """The values between what the template has around them."""
    begins, ends = _BEGINS.match(text), _ENDS.search(text)
    if not begins or not ends:
        raise PayloadError("it is cut off, or no JSON object: paste the template of docs/alerts.md")
    inner = text[begins.end() : max(begins.end(), ends.start())]
    return _first(list(_split(begins[1], inner)))


def _split(key: str, text: str) -> Iterator[tuple[str, str]]:
    """Each key with its value, the first key's at the beginning; a message goes on to the end."""
    while key != "message" and (found := _NEXT.search(text)):
        yield key, text[: found.start()]
        key, text = found[1], text[found.end() :]
    yield key, text


def _first(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    return dict(reversed(pairs))


def _address(platform: str, uid: str) -> str:
    if not _PLATFORM.fullmatch(platform) or not _UID.fullmatch(uid):
        return ""
    return f"https://{platform}.rmm.datto.com/alert/{uid}"
