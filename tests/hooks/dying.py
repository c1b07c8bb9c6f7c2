"""A process that tells destinations, and gets no further than the answer: ``dying.py URL``.

For each answer it writes the message's id, and waits to be killed before it can be noted.
"""

import asyncio
import sys
from datetime import datetime
from random import Random

from callcenter.core.delivery import Answer
from callcenter.db.deliveries import Claimed
from callcenter.db.destinations import Destination
from callcenter.db.engine import Database
from callcenter.hooks.postman import Postman
from callcenter.hooks.sender import Sender


class Deadly(Sender):
    """Sends, and never comes back."""

    async def send(self, to: Destination, message: Claimed, at: datetime) -> Answer:
        await super().send(to, message, at)
        print(message.message_id, flush=True)
        return await asyncio.Future()


async def main(url: str) -> None:
    async with Database.open(url) as database, Deadly.open() as sender:
        await Postman(database=database, sender=sender, random=Random(1)).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
