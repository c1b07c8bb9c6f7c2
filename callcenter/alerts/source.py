"""A monitoring system as it is configured."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, tzinfo

from callcenter.alerts.payload import Parse
from callcenter.core.routing import Routing


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Who sends alerts, and what is made of them.

    Alerts that follow each other within ``fold`` may share a ticket. ``desks`` has the desk of each
    line whose tickets are in one over a network; ``zones`` the time zone of each, for the day of a
    ticket in the built-in one.
    """

    name: str
    secret: str = field(repr=False)
    parse: Parse
    routing: Routing
    fold: timedelta
    zones: Mapping[str, tzinfo]
    desks: Mapping[str, str] = field(default_factory=dict)

    def knows(self, secret: str) -> bool:
        """Whether this is its secret; how long that takes tells nothing of it."""
        return hmac.compare_digest(secret.encode(errors="replace"), self.secret.encode())
