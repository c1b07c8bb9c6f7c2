"""osTicket: what it makes of an e-mail, and what its plain words mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    GoneError,
    RefusedError,
    RejectedError,
    cannot,
)
from callcenter.desks.osticket import OsTicketDesk
from tests.calls.database import debts
from tests.desks.conftest import Office
from tests.desks.faults import Fault, serving
from tests.desks.osticket_server import OsTicketServer, sender
from tests.desks.osticket_trial import SENDER, osticket_at
from tests.desks.test_builtin import DRAFT


@asynccontextmanager
async def desk_of(server: OsTicketServer, **named: Any) -> AsyncIterator[OsTicketDesk]:
    async with serving(server.app()) as url, osticket_at(url, **named) as desk:
        yield desk


def draft(**known: Any) -> Draft:
    return replace(DRAFT, **{"key": str(uuid4())} | known)


async def test_a_ticket_is_an_e_mail_of_the_contact_with_all_that_is_known() -> None:
    server = OsTicketServer()
    async with desk_of(server) as desk:
        wanted = draft(
            contact="Élise Vannier", contact_email="elise@ardoise.example", company="Ardoise & Fils"
        )
        ref = await desk.create(wanted)
    (message,) = server.messages
    assert message["Message-ID"] == f"<{wanted.key}@callcenter>"
    assert message["From"].addresses[0].display_name == "Élise Vannier"
    assert (sender(message), message["To"]) == ("elise@ardoise.example", "support@example.com")
    assert message["Subject"] == wanted.title
    assert "Company: Ardoise & Fils" in message.get_content()
    assert ref.url.endswith(f"/scp/tickets.php?number={ref.number}")


@pytest.mark.parametrize("address", [None, "no address", "a@b@c", "", "x\r\nBcc: y@example.com"])
async def test_a_caller_without_an_address_has_that_of_the_configuration(
    address: str | None,
) -> None:
    server = OsTicketServer()
    async with desk_of(server) as desk:
        await desk.create(draft(caller="+33639981122", contact_email=address))
    (message,) = server.messages
    assert sender(message) == SENDER
    assert message["From"].addresses[0].display_name == "+33639981122"
    assert message["Bcc"] is None


async def test_a_number_in_the_title_makes_it_no_answer_to_another_ticket() -> None:
    async with desk_of(OsTicketServer()) as desk:
        first = await desk.create(draft())
        second = await desk.create(draft(title=f"support: Imprimerie #{first.number}\r\nX: y"))
    assert first != second


async def test_a_ticket_whose_answer_was_lost_is_asked_for_again_and_is_one(
    sqlite_office: Office,
) -> None:
    server = OsTicketServer()
    await sqlite_office.answer(1)
    async with desk_of(server) as desk:
        worker = sqlite_office.worker(desk)
        server.faults.fail(Fault(kind="drop", stores=True, times=2))
        for _ in range(3):
            await worker.pay_due("builtin")
            sqlite_office.clock.advance(3600)
    (debt,) = await debts(sqlite_office.database)
    assert debt.state == "ticketed"
    assert [*server.tickets.values()] == [debt.ticket_number]
    assert len(server.messages) == 1


@pytest.mark.parametrize("status", [400, 500])
async def test_a_mistake_is_told_in_its_words_whatever_the_version_answers(status: int) -> None:
    async with desk_of(OsTicketServer(lacking="Site", mistakes=status)) as desk:
        with pytest.raises(RejectedError, match=f"{status}: Unable .* validation errors: Site"):
            await desk.create(draft())


async def test_an_error_that_it_does_not_know_itself_leaves_the_ticket_in_doubt() -> None:
    async with desk_of(OsTicketServer(fails=True)) as desk:
        with pytest.raises(DeskError, match="unknown error") as caught:
            await desk.create(draft())
    assert not isinstance(caught.value, RefusedError)


async def test_a_sender_who_is_banned_is_a_matter_of_this_ticket_alone() -> None:
    async with desk_of(OsTicketServer(banned={SENDER})) as desk:
        with pytest.raises(RejectedError, match="Ticket denied: see its ban list and filters"):
            await desk.create(draft())
        await desk.create(draft(contact_email="elise@ardoise.example"))


async def test_a_key_for_another_address_is_denied_with_what_to_change() -> None:
    async with desk_of(OsTicketServer(addresses={"192.0.2.1"})) as desk:
        for ask in (desk.check(), desk.create(draft())):
            with pytest.raises(DeniedError, match=r"source IP.*made for the address from which"):
                await ask


async def test_the_check_makes_no_ticket() -> None:
    server = OsTicketServer()
    async with desk_of(server) as desk:
        assert "support@example.com" in await desk.check()
        elsewhere = replace(desk, url=f"{desk.url}/nowhere")
        with pytest.raises(GoneError, match="write the address of its pages"):
            await elsewhere.check()
    assert server.messages == []


async def test_it_says_that_it_can_do_nothing_else() -> None:
    async with desk_of(OsTicketServer()) as desk:
        lacks = cannot(desk)
        assert "tell which call has a ticket" in lacks
        assert "be written to once a ticket is made" in lacks
        assert "give its directory, for its interface reads nothing" in lacks
        with pytest.raises(RejectedError, match="cannot be asked"):
            await desk.held(["a", "b"])
