"""Webhooks out: who sends them."""

import random

from callcenter.db.engine import Database
from callcenter.hooks.postman import Postman
from callcenter.hooks.sender import Sender


def postman(database: Database, sender: Sender) -> Postman:
    """The job, as the service has it."""
    spread = random.Random()  # noqa: S311  (spreads retries, guards nothing)
    return Postman(database=database, sender=sender, random=spread)
