"""Webhooks as our Autotask sends them: who is told, what is signed, and when it gives up.

Built from the developer help's pages on webhooks (creating them, error handling, and the payload's
verification by its secret key).
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from tests.desks.autotask.entities import TICKET
from tests.desks.autotask.tenant import OURS, Record, Tenant

ATTEMPTS_MAX = 5
FAILED_MAX = 25
"""So many events lost one after the other, and the webhook is deactivated."""

Post = Callable[[str, Mapping[str, str], bytes], Awaitable[int]]
"""Sends it there, and gives the status of the answer."""


@dataclass(frozen=True, slots=True)
class Callout:
    """A webhook on its way: ``hook`` is the id of the TicketWebhook."""

    hook: int
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(kw_only=True)
class Callouts:
    """What is to be sent, in the order of what happened."""

    tenant: Tenant
    waiting: list[Callout] = field(default_factory=list)
    _sequence: dict[int, int] = field(default_factory=dict)
    _failed: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tenant.heard.append(self._hear)

    def subscribe(self, url: str, secret: str) -> None:
        """As an administrator does it: all ready, our own user's writes left out."""
        hook = self.tenant.put(
            "TicketWebhooks",
            {
                "name": "callcenter",
                "webhookUrl": url,
                "deactivationUrl": url,
                "secretKey": secret,
                "isActive": True,
                "isReady": True,
                "webhookGUID": str(uuid4()),
                **{f"isSubscribedTo{kind}Events": True for kind in ("Create", "Update", "Delete")},
            },
        )
        place = [one.name for one in TICKET].index("status") + 1
        shown = [one.name for one in TICKET].index("ticketNumber") + 1
        for number, is_subscribed in ((place, True), (shown, False)):
            given = {"fieldID": number, "isSubscribedField": is_subscribed}
            given |= {"webhookID": hook["id"], "isDisplayAlwaysField": True}
            self.tenant.put("TicketWebhookFields", given)
        excluded = {"webhookID": hook["id"], "resourceID": OURS}
        self.tenant.put("TicketWebhookExcludedResources", excluded)

    async def deliver(self, post: Post) -> int:
        """Send what waits, each up to ATTEMPTS_MAX times; give how many were dropped."""
        dropped = 0
        while self.waiting:
            callout = self.waiting.pop(0)
            if not self.tenant.records["TicketWebhooks"][callout.hook]["isActive"]:
                continue
            if await self._delivered(callout, post):
                self._failed[callout.hook] = 0
            else:
                dropped += 1
                await self._drop(callout, post)
        return dropped

    async def _delivered(self, callout: Callout, post: Post) -> bool:
        for _ in range(ATTEMPTS_MAX):
            if 200 <= await post(callout.url, callout.headers, callout.body) < 300:
                return True
        return False

    async def _drop(self, callout: Callout, post: Post) -> None:
        log = {"webhookID": callout.hook, "payload": callout.body.decode()}
        self.tenant.put("WebhookEventErrorLogs", log)
        self._failed[callout.hook] = self._failed.get(callout.hook, 0) + 1
        if self._failed[callout.hook] < FAILED_MAX:
            return
        hook = self.tenant.records["TicketWebhooks"][callout.hook]
        hook["isActive"] = False
        unsigned = dotnet_json({"Action": "Deactivated", "Guid": hook["webhookGUID"]})
        await post(hook["deactivationUrl"], {"Content-Type": "application/json"}, unsigned)

    def _hear(self, action: str, ticket: Record, by: int) -> None:
        for hook in self.tenant.records["TicketWebhooks"].values():
            is_on = hook["isActive"] and hook["isReady"]
            is_told = hook[f"isSubscribedTo{action}Events"] and by not in self._excluded(hook["id"])
            if is_on and is_told:
                self.waiting.append(self._callout(hook, action, ticket, by))

    def _excluded(self, hook: int) -> set[int]:
        found = self.tenant.records["TicketWebhookExcludedResources"].values()
        return {one["resourceID"] for one in found if one["webhookID"] == hook}

    def _callout(self, hook: Record, action: str, ticket: Record, by: int) -> Callout:
        self._sequence[hook["id"]] = self._sequence.get(hook["id"], 0) + 1
        body = dotnet_json(
            {
                "Action": action,
                "Guid": hook["webhookGUID"],
                "EntityType": "Ticket",
                "Id": ticket["id"],
                "Fields": self._shown(hook["id"], ticket),
                "EventTime": self.tenant.now().isoformat(),
                "SequenceNumber": self._sequence[hook["id"]],
                "PersonID": by,
            }
        )
        headers = {
            "Content-Type": "application/json",
            "X-Hook-Signature": signature(hook["secretKey"], body),
        }
        return Callout(hook["id"], hook["webhookUrl"], headers, body)

    def _shown(self, hook: int, ticket: Record) -> Record:
        fields = self.tenant.records["TicketWebhookFields"].values()
        places = [one["fieldID"] for one in fields if one["webhookID"] == hook]
        return {_label(TICKET[place - 1].name): ticket[TICKET[place - 1].name] for place in places}


def signature(secret: str, body: bytes) -> str:
    """Base64, where others of this kind have hexadecimal digits."""
    digest = hmac.new(secret.encode(), body, hashlib.sha1).digest()
    return f"sha1={base64.b64encode(digest).decode()}"


def dotnet_json(value: Any) -> bytes:
    """As .NET escapes it: a body that is parsed and written anew is another one."""
    text = json.dumps(value)
    text = re.sub(r"\\u[0-9a-f]{4}", lambda found: r"\u" + found[0][2:].upper(), text)
    text = text.replace(r"\"", r"\u0022")
    return re.sub("[&<>'`+]", lambda found: rf"\u{ord(found[0]):04X}", text).encode()


def _label(name: str) -> str:
    """``ticketNumber`` as people read it: Ticket Number."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return words[0].upper() + words[1:]
