"""Which calls a list has."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Dialect,
    Integer,
    Select,
    bindparam,
    func,
    literal_column,
    not_,
    or_,
    select,
    union_all,
)

from callcenter.core.slots import Moments
from callcenter.db import call_keys
from callcenter.db.schema import call_contacts, calls, obligations, tickets


@dataclass(frozen=True, slots=True)
class Companies:
    """The companies with these ids; or all others, and whoever is of no company that is known."""

    ids: Collection[int]
    are_left_out: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls; None does not narrow. ``since`` is in, ``until`` is out, both of started_at.

    ``caller`` is an E.164 form (``+33639981122``), or else what was sent in place of a number
    that has one: ``anonymous``, ``101``. ``agent_id`` is who answered, 0: a telephone that nobody
    had; ``company_id`` is whose the number was, 0: nobody's that is known.

    The others are as figures have them (``call_keys.py``): 0, or an empty word, is nobody, or none.
    All but ``contact_id`` are of answered calls alone. The company is one of each of ``companies``.
    ``spans``, the last first, are when it began, in place of ``since`` and ``until``. Such calls,
    and those of a contact, are over, as are those that were counted.
    """

    lines: Collection[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    spans: Sequence[Moments] | None = None
    outcomes: Collection[str] | None = None
    caller: str | None = None
    agent_id: int | None = None
    company_id: int | None = None
    companies: Sequence[Companies] = ()
    contact_id: int | None = None
    category_id: int | None = None
    technician_id: int | None = None
    priority: str | None = None
    status: str | None = None

    @property
    def is_of_answered(self) -> bool:
        """Whether it can have answered calls alone."""
        ids = (self.agent_id, self.category_id, self.technician_id)
        return any(one is not None for one in (*ids, self.priority, self.status))


def narrowed(query: Select[Any], wanted: CallFilter, dialect: Dialect) -> Select[Any]:
    """The query of calls, of those alone that are wanted; whatever of ``spans``."""
    if wanted.lines is not None:
        line: ColumnElement[str] = calls.c.line
        if dialect.name == "sqlite" and (len(wanted.lines) > 1 or wanted.contact_id):
            # By the line's index it would read and sort every call of these lines for one page, or
            # look among them for the few of a contact: as an expression it has no index, and calls
            # of other lines are passed over.
            line = calls.c.line + literal_column("''")
        query = query.where(line.in_(wanted.lines))
    if wanted.since is not None and wanted.spans is None:
        query = query.where(calls.c.started_at >= wanted.since)
    if wanted.until is not None and wanted.spans is None:
        query = query.where(calls.c.started_at < wanted.until)
    if wanted.spans is not None or wanted.contact_id is not None:
        query = query.where(calls.c.outcome.is_not(None))
    if wanted.outcomes is not None:
        query = query.where(calls.c.outcome.in_(wanted.outcomes))
    if wanted.caller is not None:
        # One column or the other: an index serves no OR, and its rows would come in no order.
        is_number = wanted.caller.startswith("+")
        column = calls.c.caller_e164 if is_number else calls.c.caller_raw
        query = query.where(column == wanted.caller)
    if wanted.company_id is not None:
        query = query.where(calls.c.company_id == (wanted.company_id or None))
    query = query.where(*map(_is_one_of, wanted.companies))
    if wanted.contact_id:
        query = query.where(calls.c.id.in_(_maybe_of(wanted.contact_id)))
    keys = _keys(wanted)
    return call_keys.joined(query).where(*keys) if keys else query


def _is_one_of(companies: Companies) -> ColumnElement[bool]:
    # As an expression, for the same reason as several lines; the ids are ours, and may be more than
    # a statement can have parameters.
    company_id: ColumnElement[Any] = calls.c.company_id + literal_column("0", Integer)
    ids: BindParameter[Any] = bindparam(
        "ids", list(companies.ids), unique=True, expanding=True, literal_execute=True
    )
    is_named = company_id.in_(ids)
    if not companies.are_left_out:
        return is_named
    return or_(calls.c.company_id.is_(None), not_(is_named))


def _maybe_of(contact_id: int) -> CompoundSelect[Any]:
    """The calls whose number is the contact's, or whose ticket names them: not all are theirs.

    A contact has so few of a day's calls that those are not looked through, as for other keys.
    """
    numbers = select(tickets.c.number).where(tickets.c.contact_id == contact_id)
    named = select(obligations.c.call_id).where(
        obligations.c.desk.in_(select(_DESKS.c.desk)), obligations.c.ticket_number.in_(numbers)
    )
    own = select(call_contacts.c.call_id).where(call_contacts.c.contact_id == contact_id)
    return union_all(own, named)


# Each desk that is owed a ticket by one look into the index, in which numbers stand behind desks.
_DESKS = select(func.min(obligations.c.desk).label("desk")).cte("desks", recursive=True)
_DESKS = _DESKS.union_all(
    select(
        select(func.min(obligations.c.desk))
        .where(obligations.c.desk > _DESKS.c.desk)
        .correlate(_DESKS)
        .scalar_subquery()
    ).where(_DESKS.c.desk.is_not(None))
)


def _keys(wanted: CallFilter) -> list[ColumnElement[bool]]:
    ids = (
        (call_keys.AGENT, wanted.agent_id),
        (call_keys.CONTACT, wanted.contact_id),
        (call_keys.CATEGORY, wanted.category_id),
        (call_keys.TECHNICIAN, wanted.technician_id),
    )
    found = [key == (id_ or None) for key, id_ in ids if id_ is not None]
    words = ((call_keys.PRIORITY, wanted.priority), (call_keys.STATUS, wanted.status))
    found += [key == word for key, word in words if word is not None]
    if wanted.is_of_answered:
        found.append(calls.c.answered_at.is_not(None))
    if wanted.contact_id == 0:
        found.append(calls.c.caller_removed_at.is_(None))
    return found
