"""Znuny: what it finds that nobody looked for, what it hides, what its refusals mean."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from callcenter.core.hook import ForgedError, MalformedError
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    GoneError,
    RefusedError,
    RejectedError,
    TicketState,
    cannot,
)
from callcenter.desks.znuny import api
from callcenter.desks.znuny.desk import ZnunyDesk
from tests.desks.faults import serving
from tests.desks.remote import real_now
from tests.desks.test_builtin import DRAFT
from tests.desks.znuny_server import ZnunyServer
from tests.desks.znuny_trial import STATES, znuny_at

WEB_SERVICE = Path(__file__).parents[2] / "docs" / "desks" / "znuny.yml"
HOUR = timedelta(hours=1)


@asynccontextmanager
async def desk_of(server: ZnunyServer, **named: Any) -> AsyncIterator[ZnunyDesk]:
    async with serving(server.app()) as url, znuny_at(url, **named) as desk:
        yield desk


def draft(**known: Any) -> Draft:
    """Of a call of its own, answered by nadia."""
    return replace(DRAFT, **{"key": str(uuid4()), "agent": "nadia"} | known)


async def test_the_web_service_to_be_imported_has_what_is_asked() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        merged, survivor = await desk.create(draft()), await desk.create(draft())
        server.merge(merged.number, survivor.number)
        await desk.note(merged.number, "Hello", "[call 1]")
    provider = yaml.safe_load(WEB_SERVICE.read_text("utf-8"))["Provider"]
    routes = provider["Transport"]["Config"]["RouteOperationMapping"]
    asked = {operation for operation, _ in server.asked}
    assert asked == provider["Operation"].keys() == routes.keys()
    for operation, how in routes.items():
        assert how == {"RequestMethod": ["POST"], "Route": f"/{operation}"}
        assert provider["Operation"][operation]["Type"] == f"Ticket::{operation}"


async def test_a_ticket_is_its_agents_and_hides_what_it_tells_from_customers() -> None:
    server = ZnunyServer()
    async with desk_of(server, priority="4 high", type="Incident") as desk:
        wanted = draft(company="Ardoise & Fils", desk_contact="elise", title="x" * 300)
        ref = await desk.create(wanted)
    ticket = server.numbered(ref.number)
    known = {"Owner": "nadia", "CustomerUser": "elise", "Priority": "4 high", "Type": "Incident"}
    assert ticket.items() >= known.items()
    assert (ticket["Title"], ticket["CallID"]) == ("x" * 255, wanted.key)
    (article,) = server.articles
    assert "Company: Ardoise & Fils" in article["Body"]
    assert (article["CommunicationChannel"], article["IsVisibleForCustomer"]) == ("Phone", 0)
    assert ref.url.endswith(f"/znuny/index.pl?Action=AgentTicketZoom;TicketNumber={ref.number}")


async def test_a_caller_of_whom_an_address_is_known_is_the_customer() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        ref = await desk.create(draft(contact_email="elise@ardoise.example"))
    assert server.numbered(ref.number)["CustomerUser"] == "elise@ardoise.example"


async def test_an_agent_whom_it_does_not_know_leaves_the_ticket_to_our_user() -> None:
    server = ZnunyServer()
    async with desk_of(server, users={"nm": "nadia"}) as desk:
        refs = [await desk.create(draft(agent=agent)) for agent in ("karim", "nm", "nm", None)]
    owners = [server.numbered(ref.number)["Owner"] for ref in refs]
    assert owners == ["callcenter", "nadia", "nadia", "callcenter"]
    # Of nm it is asked once.
    assert [operation for operation, _ in server.asked] == ["TicketCreate"] * 6


async def test_a_500_after_the_ticket_was_stored_leaves_it_to_be_found() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        wanted = draft()
        server.breaks = True
        with pytest.raises(DeskError, match="500: Article could not be created") as caught:
            await desk.create(wanted)
        assert not isinstance(caught.value, RefusedError)
        found = await desk.find(wanted.key)
    assert found is not None
    assert [found.number] == server.numbers(wanted.key)


async def test_a_merged_ticket_is_the_one_that_it_was_merged_into() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        wanted = [draft() for _ in range(3)]
        first, second, last = [await desk.create(one) for one in wanted]
        server.merge(first.number, second.number)
        server.merge(second.number, last.number)
        held = await desk.held([one.key for one in wanted])
        assert held == {one.key: [last] for one in wanted}
        ticket = await desk.get(first.number)
    assert ticket is not None
    assert ticket.ref == last


async def test_a_merger_that_history_does_not_tell_is_not_taken_for_a_deletion() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        ref = await desk.create(draft())
        server.change(ref.number, State="merged")
        with pytest.raises(DeskError, match="nobody knows into which") as caught:
            await desk.get(ref.number)
    assert not isinstance(caught.value, RefusedError)


async def test_tickets_merged_in_a_circle_are_said_to_be() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        ref = await desk.create(draft())
        server.merge(ref.number, ref.number)
        with pytest.raises(DeskError, match="merged in a circle"):
            await desk.get(ref.number)


async def test_a_field_for_the_key_that_is_not_there_is_said_to_be_missing() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk, desk_of(server, custom_field="Nowhere") as other:
        wanted = draft()
        await desk.create(wanted)
        for ask in (other.check(), other.find(wanted.key), other.held([wanted.key])):
            with pytest.raises(RejectedError, match="no valid dynamic field 'Nowhere'"):
                await ask
        with pytest.raises(RejectedError, match="DynamicField->Name parameter is invalid"):
            await other.create(draft())


async def test_keys_are_told_apart_by_case_and_read_page_by_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    async with desk_of(ZnunyServer()) as desk:
        keys = ["key-a", "KEY-A", "key-b", "key-c", "key-d"]
        refs = {key: [await desk.create(draft(key=key))] for key in keys}
        assert await desk.held(keys) == refs
        assert await desk.held(["Key-A", "key-b"]) == {"key-b": refs["key-b"]}


async def test_who_reads_no_ticket_of_the_queue_is_not_told_that_there_is_none() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        wanted = draft()
        ref = await desk.create(wanted)
        server.reads.clear()
        for ask in (desk.held([wanted.key]), desk.get(ref.number)):
            with pytest.raises(DeskError, match="give the user the right ro") as caught:
                await ask
            assert not isinstance(caught.value, RefusedError)
        assert "it shows our user no ticket there yet" in await desk.check()


async def test_a_number_is_no_pattern() -> None:
    async with desk_of(ZnunyServer()) as desk:
        await desk.create(draft())
        assert await desk.get("2026*") is None


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ({"queue": "Nowhere"}, "Ticket->Queue parameter is invalid.*See queue"),
        ({"queue": "Sales"}, "Can not create tickets in given Queue.*the right create"),
        ({"customer": "nobody"}, "Ticket->CustomerUser parameter is invalid"),
        ({"priority": "1 low"}, "Ticket->Priority parameter is invalid"),
        ({"type": "Request"}, "Ticket->Type parameter is invalid"),
        ({"states": STATES | {TicketState.CLOSED: "done"}}, "with the state 'done'"),
        ({"users": {"nadia": "nadia", "km": "karim"}}, r"users\.km: .* no valid agent 'karim'"),
    ],
)
async def test_what_is_not_there_is_said_and_nothing_made(named: dict[str, Any], why: str) -> None:
    server = ZnunyServer()
    async with desk_of(server, **named) as desk:
        with pytest.raises(RejectedError, match=why):
            await desk.check()
    assert server.tickets == {}


async def test_a_type_that_is_required_is_asked_for() -> None:
    async with desk_of(ZnunyServer(needs_type=True)) as desk:
        for ask in (desk.check(), desk.create(draft())):
            with pytest.raises(RejectedError, match="Ticket->Type parameter is required"):
                await ask


async def test_a_wrong_password_is_denied_though_it_is_answered_200() -> None:
    async with desk_of(ZnunyServer(), password="another") as desk:
        for ask in (desk.check(), desk.create(draft()), desk.find("x"), desk.get("1")):
            with pytest.raises(DeniedError, match="Write the login and the password of an agent"):
                await ask


async def test_an_address_without_the_web_service_is_said_to_be() -> None:
    async with desk_of(ZnunyServer(), web_service="other") as desk:
        with pytest.raises(GoneError, match="import our web service there"):
            await desk.check()


async def test_a_ticket_waits_is_closed_and_opened_again() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        number = (await desk.create(draft())).number
        for state in (TicketState.PENDING, TicketState.CLOSED, TicketState.OPEN):
            await desk.update(number, state=state)
            ticket = await desk.get(number)
            assert ticket is not None
            assert ticket.state is state


async def test_a_ticket_that_an_event_keeps_as_it_is_is_said_to_be() -> None:
    server = ZnunyServer(kept={"State", "Title"})
    async with desk_of(server) as desk:
        number = (await desk.create(draft())).number
        with pytest.raises(RejectedError, match="keeps its state: see which automation of Znuny"):
            await desk.update(number, state=TicketState.CLOSED)
        with pytest.raises(RejectedError, match="keeps its title"):
            await desk.update(number, title="Another")


async def test_what_changed_before_is_not_told() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk:
        refs = [await desk.create(draft()) for _ in range(3)]
        server.change(refs[0].number)
        at = datetime.fromisoformat(server.numbered(refs[2].number)["Changed"] + "+00:00")
        found = await desk.changed(at)
        assert [one.number for one in found] == [refs[2].number, refs[0].number]
        assert await desk.changed(real_now() + HOUR) == []


async def test_more_tickets_than_a_page_may_change_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    server = ZnunyServer()
    async with desk_of(server) as desk:
        refs = [await desk.create(draft()) for _ in range(6)]
        at = server.numbered(refs[0].number)["Changed"]
        for ref in refs[:5]:
            server.numbered(ref.number)["Changed"] = at
        since, told = datetime.fromisoformat(f"{at}+00:00"), set[str]()
        while (found := await desk.changed(since)) and found[-1].at > since:
            told |= {one.number for one in found}
            since = found[-1].at
    assert told == {ref.number for ref in refs}


async def test_a_webhook_needs_the_password_and_a_ticket() -> None:
    server = ZnunyServer()
    async with desk_of(server) as desk, desk_of(server, webhook_secret="") as deaf:
        headers, body = server.webhook((await desk.create(draft())).number)
        with pytest.raises(ForgedError, match="no secret"):
            deaf.parse_webhook(headers, body)
        with pytest.raises(ForgedError, match="the password that it comes with"):
            desk.parse_webhook({"Authorization": "Basic bm86bm8="}, body)
        mapped = json.dumps({"Event": json.loads(body)["Event"]}).encode()
        with pytest.raises(MalformedError, match="Ticket::Generic"):
            desk.parse_webhook(headers, mapped)


async def test_it_says_why_its_customers_cannot_be_read() -> None:
    async with desk_of(ZnunyServer()) as desk:
        assert cannot(desk)[-1].endswith(", for no operation of its web services lists customers")
