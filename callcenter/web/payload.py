"""What the pages' script is given: an entry's data, and beside it what the script cannot work out.

``{"data": {...a shape of webhooks...}, "shown": {"number": "06 39 98 11 22", "ticket": "/tickets/
T20261123.0001"}}``. Numbers are written for people here, by the library that knows how.
"""

import json
from dataclasses import dataclass
from typing import Any

from callcenter.web.live import LiveEntry
from callcenter.web.numbers import of_caller
from callcenter.web.render import local_link
from callcenter.web.sse import frame
from webhooks import Call, Caller


@dataclass(frozen=True, slots=True)
class Payload:
    """Equal ones render alike, so an entry is rendered once for all pages."""

    country: str
    public_url: str

    def __call__(self, live: LiveEntry) -> bytes:
        """The entry as an event of the pages' stream."""
        shown = json.dumps(self._shown(live.parse()), ensure_ascii=False)
        data = f'{{"data":{live.entry.data},"shown":{shown}}}'
        return frame(live.seq, live.entry.type.value, data)

    def of_call(self, call: Call) -> dict[str, Any]:
        """The same for a call that the page begins with."""
        data = call.model_dump(mode="json")
        return {"data": data, "shown": self._shown(data)}

    def _shown(self, data: dict[str, Any]) -> dict[str, str | None]:
        if "caller" in data:
            ticket = data.get("ticket") or {}
            caller = Caller.model_validate(data["caller"])
            number = of_caller(caller, self.country)
            return {"number": number, "ticket": self._link(ticket.get("url"))}
        return {"ticket": self._link(data.get("url"))}

    def _link(self, url: str | None) -> str | None:
        return local_link(url, self.public_url)
