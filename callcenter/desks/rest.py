"""JSON over HTTP, as most desks are asked."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.desks.client import Answer, Client, Shape, read, refusal
from callcenter.desks.desk import DeskError

JSON = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """What a ``product`` is asked at ``url``, with ``headers`` that say who asks.

    ``words`` are the product's own, out of an answer that refuses.
    """

    product: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    client: Client = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    words: Callable[[Answer], str] = field(repr=False)

    async def ask(
        self,
        method: str,
        path: str,
        wanted: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send exactly one request, with ``wanted`` as its body. Raises DeskError."""
        sent = {"Accept": JSON, **self.headers, **(headers or {})}
        body = None
        if wanted is not None:
            sent["Content-Type"] = JSON
            body = json.dumps(wanted).encode()
        return await self.client.ask(method, f"{self.url}{path}", sent, body)

    async def fetch(
        self, shape: type[Shape], method: str, path: str, wanted: object = None
    ) -> Shape:
        """What is answered with 200, or with 201 where it was made. Raises DeskError."""
        return self.taken(shape, await self.ask(method, path, wanted))

    def taken(self, shape: type[Shape], answer: Answer) -> Shape:
        """What an answer gives. Raises DeskError where it refuses."""
        if answer.status not in (200, 201):
            raise self.error(answer)
        return read(shape, answer, self.product)

    def error(self, answer: Answer) -> DeskError:
        """What an answer means that refuses."""
        return refusal(answer, self.words(answer), self.now())
