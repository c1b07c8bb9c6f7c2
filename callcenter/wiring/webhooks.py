"""Webhooks out: who sends them."""

import random
from collections.abc import Callable

from callcenter.db.engine import Database
from callcenter.hooks.postman import Postman
from callcenter.hooks.sender import Sender


def postman(database: Database, sender: Sender, measure: Callable[[str, float], None]) -> Postman:
    """The job, as the service has it."""
    spread = random.Random()  # noqa: S311  (spreads retries, guards nothing)
    return Postman(database=database, sender=sender, random=spread, measure=measure)
