"""From an answered call to the ticket that its desk is to make."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core import ticket
from callcenter.db import desk_entries
from callcenter.db.claims import Due
from callcenter.db.directory import Match
from callcenter.desks.desk import Draft


async def drafted(connection: AsyncConnection, due: Due, matches: Mapping[str, Match]) -> Draft:
    """The ticket that the call owes, with what its desk calls the caller."""
    draft = draft_of(due, matches)
    ids = await desk_entries.known_as(
        connection,
        due.desk,
        company_id=draft.company_id,
        contact_id=draft.contact_id,
        contract_id=draft.contract_id,
    )
    return replace(
        draft,
        desk_company=ids.company,
        desk_contact=ids.contact,
        desk_contract=ids.contract,
    )


def draft_of(due: Due, matches: Mapping[str, Match]) -> Draft:
    """The ticket that the call owes, with what the directory tells of its caller's number."""
    call, company = due.call, due.call.company
    match = matches.get(call.caller.e164 or "")
    is_his = company is not None and match is not None and match.company_id == company.id
    contact = call.contacts[0] if len(call.contacts) == 1 else None
    return Draft(
        key=call.id,
        line=call.line,
        title=ticket.title(
            call.line,
            [contact.name for contact in call.contacts],
            company.name if company else None,
            call.caller.e164 or call.caller.raw or "unknown caller",
        ),
        answered_at=due.answered_at,
        caller=call.caller.e164 or call.caller.raw or None,
        company_id=company.id if company else None,
        company=company.name if company else None,
        contact_id=contact.id if contact else None,
        contact=contact.name if contact else None,
        contract_id=match.contract_id if match and is_his else None,
        contract=match.contract if match and is_his else None,
        agent_id=due.agent_id,
        agent=due.agent,
        account_owner=company.account_owner if company else None,
    )
