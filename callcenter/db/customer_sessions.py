"""Sessions of the portal: none of them opens any page of the agents'."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.db import customers
from callcenter.db.customers import Customer
from callcenter.db.schema import customer_sessions
from callcenter.db.session_rows import TOUCH_EVERY, SessionRow, SessionRows

ROWS = SessionRows(customer_sessions, "customer_id")

touch, revoke, prune = ROWS.touch, ROWS.revoke, ROWS.prune


@dataclass(frozen=True, slots=True)
class CustomerSession:
    """A customer who is signed in, with the company that all they are shown is of."""

    customer: Customer
    csrf_token: str = field(repr=False)
    token: str = field(repr=False)
    seen_at: datetime

    def needs_touch(self, now: datetime) -> bool:
        """Whether the last noted use is so old that this one should be noted."""
        return now - self.seen_at >= TOUCH_EVERY


async def create(connection: AsyncConnection, customer: Customer, now: datetime) -> CustomerSession:
    """Open a session for a customer who has proved to be themselves."""
    return _session(customer, await ROWS.create(connection, customer.id, now))


async def find(connection: AsyncConnection, token: str, now: datetime) -> CustomerSession | None:
    """The session of this token, unless it is over or its customer may no longer sign in."""
    row = await ROWS.find(connection, token, now)
    customer = await customers.by_id(connection, row.owner_id) if row else None
    return _session(customer, row) if row and customer and customer.active else None


def _session(customer: Customer, row: SessionRow) -> CustomerSession:
    return CustomerSession(customer, row.csrf_token, row.token, row.seen_at)
