"""A webhook in Autotask that tells callcenter of each change of a ticket."""

from collections.abc import Collection
from dataclasses import dataclass, field

from callcenter.desks.autotask.api import Api
from callcenter.desks.autotask.query import either, where
from callcenter.desks.autotask.shapes import Excluded, Fields, Named, Webhook, WebhookField
from callcenter.desks.desk import RefusedError, RejectedError

NAME = "callcenter"

SUBSCRIBED, SHOWN = "status", "ticketnumber"
"""Fields, by their labels without case and blanks: whose change is told, and what is told with it.

Without one that is subscribed a webhook never becomes ready; without the number we would not know
of which ticket it speaks.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Each step is done where it is missing: one that was cut off is finished by doing it again."""

    api: Api
    secret: str = field(repr=False)

    async def make(self, url: str) -> str:
        """Have Autotask tell ``url`` from now on; say what there is now. Raises DeskError."""
        if not self.secret:
            raise RejectedError("write a webhook_secret into the configuration first")
        if not url.startswith("https://"):
            raise RejectedError(
                f"Autotask sends webhooks to https addresses alone, and not to {url}: write the "
                "one that it reaches into [http] public_url"
            )
        hook = await self._hook(url)
        await self._choose_fields(hook)
        told = f"its webhook {hook} tells {url} of each change of a ticket's status"
        if not await self._leave_us_out(hook):
            told += "; our API user is not among the resources: exclude it from the webhook there"
        found = await self.api.item(f"TicketWebhooks/{hook}", Webhook)
        is_ready = found is not None and found.isReady
        return told if is_ready else f"{told}; Autotask does not call it ready yet: ask again"

    async def told(self, desk: str) -> str:
        """What there is of webhooks to the desk of this name, for who sees to it."""
        if not self.secret:
            return "without a webhook_secret it is only asked what changed"
        try:
            found = await self.api.query(
                "TicketWebhooks", Webhook, where("webhookUrl", f"/hooks/{desk}", "endsWith")
            )
        except RefusedError as error:
            return f"whether it tells of changes is not known ({error})"
        if any(one.isActive and one.isReady for one in found):
            return "its webhook tells of changes"
        return f"no webhook of it is active: callcenter desk subscribe {desk} makes one"

    async def _hook(self, url: str) -> int:
        wanted = {
            "name": NAME,
            "webhookUrl": url,
            "deactivationUrl": url,  # must be one; what comes unsigned is not believed
            "secretKey": self.secret,
            "isActive": True,
            "isSubscribedToCreateEvents": False,
            "isSubscribedToUpdateEvents": True,
            "isSubscribedToDeleteEvents": True,
            "sendThresholdExceededNotification": False,
        }
        found = await self.api.query("TicketWebhooks", Named, where("webhookUrl", url))
        if not found:
            return await self.api.make("TicketWebhooks", wanted)
        await self.api.change("TicketWebhooks", {"id": found[0].id, **wanted})
        return found[0].id

    async def _choose_fields(self, hook: int) -> None:
        of_hook = where("webhookID", hook)
        chosen = await self.api.query("TicketWebhookFields", WebhookField, of_hook)
        known = await self._values()
        for name in {SUBSCRIBED, SHOWN} - {known.get(one.fieldID) for one in chosen}:
            values = [value for value, label in known.items() if label == name]
            if not values:
                raise RejectedError(f"Autotask's webhooks of tickets have no field {name!r}")
            given = {
                "fieldID": values[0],
                "isSubscribedField": name == SUBSCRIBED,
                "isDisplayAlwaysField": True,
            }
            await self.api.make(f"TicketWebhooks/{hook}/Fields", given)

    async def _values(self) -> dict[int, str]:
        found = await self.api.get("TicketWebhookFields/entityInformation/fields", Fields)
        choices = [one for info in found.fields if info.name == "fieldID" for one in info.choices]
        return {int(one.value): "".join(one.label.split()).lower() for one in choices}

    async def _leave_us_out(self, hook: int) -> bool:
        """What our own user changes is not to be told; whether it was found."""
        user = self.api.username
        us = await self.api.query(
            "Resources",
            Named,
            either(*(where("userName", name) for name in (user, user.partition("@")[0]))),
        )
        if len(us) != 1:
            return False
        of_hook = where("webhookID", hook)
        excluded = await self.api.query("TicketWebhookExcludedResources", Excluded, of_hook)
        await self._exclude(hook, us[0].id, [one.resourceID for one in excluded])
        return True

    async def _exclude(self, hook: int, resource: int, excluded: Collection[int]) -> None:
        if resource not in excluded:
            path = f"TicketWebhooks/{hook}/ExcludedResources"
            await self.api.make(path, {"resourceID": resource})
