"""Whom a call concerns, and what became of its ticket, in SQL: figures are cut by it, and lists of
calls are narrowed to it, so that a list has the calls which its figure counts.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, select

from callcenter.core.tally import NOBODY
from callcenter.db.schema import call_contacts, calls, legs, obligations, tickets, wrap_ups

# The first telephone that answered, of a call that owes no ticket because it is from before us.
_FIRST_AGENT = (
    select(legs.c.agent_id)
    .where(legs.c.call_id == calls.c.id, legs.c.answered_at.is_not(None))
    .order_by(legs.c.answered_at, legs.c.position)
    .limit(1)
    .scalar_subquery()
)
# Whose number it is, where nobody else has the same.
_ONLY_CONTACT = (
    select(func.max(call_contacts.c.contact_id))
    .where(call_contacts.c.call_id == calls.c.id)
    .having(func.count() == 1)
    .scalar_subquery()
)

AGENT: Final[ColumnElement[int | None]] = case(
    (calls.c.imported, _FIRST_AGENT), else_=obligations.c.agent_id
)
"""Who answered: he who owes the ticket, where one is owed."""

TECHNICIAN: Final[ColumnElement[int | None]] = case(
    (tickets.c.number.is_not(None), tickets.c.primary_resource_id), else_=AGENT
)
"""Whose the ticket is; of another desk's is known who answered."""

CONTACT: Final[ColumnElement[int | None]] = case(
    (calls.c.caller_removed_at.is_(None), func.coalesce(tickets.c.contact_id, _ONLY_CONTACT))
)
"""Whom the ticket names, or else whose number it is; of a caller who was removed nobody."""

CATEGORY: Final[ColumnElement[int | None]] = func.coalesce(
    tickets.c.category_id, wrap_ups.c.category_id
)
PRIORITY: Final[ColumnElement[str]] = func.coalesce(tickets.c.priority, wrap_ups.c.priority, NOBODY)
STATUS: Final[ColumnElement[str]] = func.coalesce(tickets.c.status, wrap_ups.c.status, NOBODY)
"""The ticket's, or what the agent said, as are category and priority."""


def joined(query: Select[Any]) -> Select[Any]:
    """The query of calls, with the tables of which the keys are made: one row a call."""
    return (
        query.outerjoin(obligations, obligations.c.call_id == calls.c.id)
        .outerjoin(tickets, tickets.c.number == obligations.c.ticket_number)
        .outerjoin(wrap_ups, wrap_ups.c.call_id == calls.c.id)
    )
