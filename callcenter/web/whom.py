"""Whom an agent wants to call: said by what a page shows, never by a number that a form sends."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core import identity
from callcenter.core.floor import TelephoneState
from callcenter.core.outgoing import Purpose
from callcenter.db import callbacks, calls, directory, numbers, telephones, tickets
from callcenter.db.agents import Agent
from callcenter.db.outgoing import OutgoingError
from callcenter.web.context import WebContext
from callcenter.web.errors import NotFoundError
from callcenter.web.identity import Form
from callcenter.web.ids import id_of
from callcenter.web.viewer import Viewer
from webhooks import Ticket


class NoCallError(OutgoingError):
    """Nobody can be called so; ``reason`` is which of these it is."""

    NO_TELEPHONE = "no_telephone"  # the agent has none
    IN_USE = "in_use"  # the agent's
    NO_NUMBER = "no_number"
    COSTLY = "costly"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Whom:
    """Somebody to call, and what it is about."""

    number: str | None  # E.164
    line: str
    ticket: str | None = None
    callback: int | None = None
    purpose: Purpose = Purpose.CALL

    @property
    def callable_number(self) -> str:
        """The number, where one may be called. Raises NoCallError."""
        if self.number is None:
            raise NoCallError(NoCallError.NO_NUMBER, "there is no number to call")
        if identity.is_costly(self.number):
            raise NoCallError(NoCallError.COSTLY, "who calls this number pays extra for it")
        return self.number


async def whom(
    connection: AsyncConnection, form: Form, viewer: Viewer, context: WebContext
) -> Whom:
    """Who a form's ``call``, ``ticket``, ``callback`` or ``directory`` is about.

    Raises NotFoundError.
    """
    if "directory" in form:
        return await _of_directory(connection, form["directory"], viewer, context)
    if "callback" in form:
        return await _of_callback(connection, form["callback"], viewer, context)
    if "ticket" in form:
        purpose = Purpose.VERIFY if "verify" in form else Purpose.CALL
        return await _of_ticket(connection, form["ticket"], purpose, viewer, context)
    call = await calls.get(connection, form.get("call", ""))
    if call is None or not viewer.sees_call(call):
        raise NotFoundError("there is no such call")
    line = _shown(call.line, viewer, context)
    return Whom(call.caller.e164, line, call.ticket.number if call.ticket else None)


async def _of_callback(
    connection: AsyncConnection, text: str, viewer: Viewer, context: WebContext
) -> Whom:
    id_ = id_of(text)
    found = await callbacks.get(connection, id_) if id_ is not None else None
    if found is None or not viewer.sees_line(found.line):
        raise NotFoundError("there is no such missed call")
    line, purpose = _shown(found.line, viewer, context), Purpose.CALLBACK
    return Whom(found.caller.e164, line, callback=found.id, purpose=purpose)


async def _of_ticket(
    connection: AsyncConnection, number: str, purpose: Purpose, viewer: Viewer, context: WebContext
) -> Whom:
    ticket = await tickets.get(connection, number, base_url=context.public_url)
    if ticket is None:
        raise NotFoundError("there is no such ticket")
    customers = await customers_number(connection, ticket)
    line = _shown(ticket.queue, viewer, context)
    return Whom(customers, line, ticket.number, purpose=purpose)


async def _of_directory(
    connection: AsyncConnection, text: str, viewer: Viewer, context: WebContext
) -> Whom:
    """Who looks after the directory is shown its numbers, and nobody else by their ids."""
    id_ = id_of(text) if viewer.agent.sees_all_lines else None
    found = await numbers.e164_of(connection, id_) if id_ is not None else None
    if found is None:
        raise NotFoundError("there is no such number")
    return Whom(found, _shown("", viewer, context))


def _shown(line: str, viewer: Viewer, context: WebContext) -> str:
    """The line whose number the customer is shown; for one that was taken out of the configuration,
    one of the agent's. Raises NotFoundError where there is none at all.
    """
    theirs = [one for one in context.lines if viewer.sees_line(one)]
    for one in (line, *theirs, *context.lines):
        if one in context.line_pbxs:
            return one
    raise NotFoundError("there is no line to call from")


async def customers_number(connection: AsyncConnection, ticket: Ticket) -> str | None:
    """Where the customer of a ticket is reached: as they said themselves, else where they called
    from, else where the directory has their contact.
    """
    if ticket.telephone is not None:
        return ticket.telephone
    call = await calls.get(connection, ticket.call) if ticket.call else None
    if call is not None and call.caller.e164 is not None:
        return call.caller.e164
    contact_id = await tickets.contact_of(connection, ticket.number)
    return await directory.number_of(connection, contact_id) if contact_id else None


async def telephone_of(connection: AsyncConnection, agent: Agent) -> str:
    """The agent's telephone that is to ring: the first that is idle. Raises NoCallError."""
    if not agent.interfaces:
        raise NoCallError(NoCallError.NO_TELEPHONE, "you have no telephone")
    states = await telephones.states(connection)
    by_state: dict[TelephoneState | None, str] = {}
    for interface in agent.interfaces:
        by_state.setdefault(states.get(interface), interface)
    for wanted in (TelephoneState.IDLE, None, TelephoneState.UNREACHABLE):
        if wanted in by_state:
            return by_state[wanted]
    raise NoCallError(NoCallError.IN_USE, "your telephone is in use")
