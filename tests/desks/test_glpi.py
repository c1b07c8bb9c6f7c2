"""GLPI 11: what it does without a word, and what its refusals mean."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from callcenter.core.hook import ForgedError, MalformedError
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    GoneError,
    RefusedError,
    RejectedError,
    TicketState,
)
from callcenter.desks.glpi import api
from callcenter.desks.glpi.desk import GlpiDesk
from tests.desks.faults import serving
from tests.desks.glpi_server import GlpiServer, signed
from tests.desks.glpi_trial import glpi_at
from tests.desks.remote import real_now
from tests.desks.test_builtin import DRAFT

CALLER = "+33639981122"
HOUR = timedelta(hours=1)


@asynccontextmanager
async def desk_of(server: GlpiServer, **named: Any) -> AsyncIterator[GlpiDesk]:
    async with serving(server.app()) as url, glpi_at(url, **named) as desk:
        yield desk


def draft(**known: Any) -> Draft:
    """Of a call of its own, answered by nadia."""
    return replace(DRAFT, key=str(uuid4()), agent="nadia", caller=CALLER, **known)


async def test_a_ticket_has_its_agent_its_caller_and_what_is_configured() -> None:
    server = GlpiServer()
    named = {"entity": "Root entity > Lyon", "category": "Hardware > Printer"}
    async with desk_of(server, **named, request_type="Phone", type=2) as desk:
        wanted = draft(company="Ardoise & Fils", desk_contact="12")
        ref = await desk.create(wanted)
    ticket = server.tickets[int(ref.number)]
    chosen = {"entity": {"id": 3}, "category": {"id": 11}, "request_type": {"id": 3}}
    assert ticket.items() >= chosen.items()
    assert (ticket["type"], ticket["external_id"]) == (2, wanted.key)
    assert "<br>Company: Ardoise &amp; Fils" in ticket["content"]
    assert sorted(server.teams) == [(1, 7, 2), (1, 12, 1)]
    assert ref.url.endswith("/front/ticket.form.php?id=1")


@pytest.mark.parametrize("agent", ["karim", "gone", "NADIA"])
async def test_an_agent_whom_glpi_does_not_know_leaves_the_ticket_to_nobody(agent: str) -> None:
    server = GlpiServer()
    async with desk_of(server) as desk:
        await desk.create(replace(draft(), agent=agent))
    assert server.teams == []


async def test_an_agent_who_may_be_no_part_of_it_leaves_the_ticket_to_nobody() -> None:
    server = GlpiServer(assignable=False)
    async with desk_of(server, users={"nm": "nadia"}) as desk:
        wanted = replace(draft(), agent="nm")
        ref = await desk.create(wanted)
        assert await desk.find(wanted.key) == ref


async def test_a_500_that_says_it_made_nothing_is_a_refusal() -> None:
    async with desk_of(GlpiServer(mandatory={"category"})) as desk:
        with pytest.raises(RejectedError, match=r"Mandatory fields: \['category'\]"):
            await desk.create(draft())


async def test_a_token_that_is_valid_no_more_is_replaced() -> None:
    server = GlpiServer()
    async with desk_of(server) as desk:
        await desk.create(draft())
        server.tokens.clear()
        wanted = draft()
        ref = await desk.create(wanted)
        assert await desk.held([wanted.key]) == {wanted.key: [ref]}
        assert server.numbers(wanted.key) == [ref.number]
    assert server.logins == 2


async def test_a_token_is_used_until_it_ends_and_not_longer() -> None:
    server, now = GlpiServer(), [real_now()]
    async with desk_of(server, now=lambda: now[0]) as desk:
        await desk.create(draft())
        await desk.find(str(uuid4()))
        assert server.logins == 1
        now[0] += timedelta(seconds=3590)
        await desk.find(str(uuid4()))
    assert server.logins == 2


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"password": "another"}, "invalid_grant: The user credentials were incorrect"),
        ({"client_secret": "another"}, "invalid_client: Client authentication failed"),
    ],
)
async def test_whoever_is_not_let_in_is_told_why(wrong: dict[str, str], why: str) -> None:
    async with desk_of(GlpiServer(), login=wrong) as desk:
        with pytest.raises(DeniedError, match=f"{why}.*: see user and password"):
            await desk.check()


async def test_who_sees_no_ticket_is_not_told_that_there_is_none() -> None:
    server = GlpiServer()
    async with desk_of(server) as desk:
        wanted = draft()
        ref = await desk.create(wanted)
        server.sees = False
        for ask in (desk.held([wanted.key]), desk.get(ref.number)):
            with pytest.raises(DeskError, match="the right to see all tickets") as caught:
                await ask
            assert not isinstance(caught.value, RefusedError)
        assert "it shows our user no ticket yet" in await desk.check()


async def test_a_merged_ticket_is_in_the_bin_and_gone() -> None:
    server = GlpiServer()
    async with desk_of(server) as desk:
        wanted = draft()
        merged, survivor = await desk.create(wanted), await desk.create(draft())
        server.change(merged.number, is_deleted=True)
        assert await desk.held([wanted.key]) == {}
        assert await desk.get(merged.number) is None
        assert merged.number in {one.number for one in await desk.changed(real_now() - HOUR * 2)}
        assert await desk.get(survivor.number) is not None


async def test_keys_are_told_apart_by_case_and_found_on_every_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    async with desk_of(GlpiServer()) as desk:
        keys = ["key-a", "KEY-A", "key-b", "key-c", "key-d"]
        refs = {key: [await desk.create(replace(draft(), key=key))] for key in keys}
        assert await desk.held(keys) == refs
        assert await desk.held(["Key-A"]) == {}
        assert len(await desk.changed(real_now() - HOUR * 2)) == 5


async def test_many_keys_are_looked_for_in_addresses_that_are_not_too_long() -> None:
    async with desk_of(GlpiServer()) as desk:
        wanted = draft()
        ref = await desk.create(wanted)
        keys = [wanted.key, *(str(uuid4()) for _ in range(400))]
        assert await desk.held(keys) == {wanted.key: [ref]}


@pytest.mark.parametrize("key", ["entity", "category", "request_type"])
async def test_a_name_that_is_not_there_is_said_to_be_missing(key: str) -> None:
    async with desk_of(GlpiServer(), **{key: "Nowhere's"}) as desk:
        for ask in (desk.check(), desk.create(draft())):
            with pytest.raises(RejectedError, match=f'{key}: GLPI has no "Nowhere\'s"'):
                await ask


async def test_a_user_who_is_not_there_is_said_to_be_missing() -> None:
    async with desk_of(GlpiServer(), users={"nadia": "nadia", "karim": "gone"}) as desk:
        with pytest.raises(RejectedError, match=r"users\.karim: GLPI has no active user 'gone'"):
            await desk.check()


async def test_a_resolution_solves_once() -> None:
    server = GlpiServer()
    async with desk_of(server) as desk:
        number = (await desk.create(draft())).number
        for _ in range(2):
            await desk.update(number, state=TicketState.CLOSED, resolution="New <drum>")
        assert [one["content"] for one in server.solutions] == ["New &lt;drum&gt;"]
        await desk.update(number, state=TicketState.PENDING)
        ticket = await desk.get(number)
    assert ticket is not None
    assert ticket.state is TicketState.PENDING


async def test_a_ticket_that_a_rule_keeps_as_it_is_is_said_to_be() -> None:
    server = GlpiServer(kept={"status", "name"})
    async with desk_of(server) as desk:
        number = (await desk.create(draft())).number
        with pytest.raises(RejectedError, match="keeps its state: see which automation of GLPI"):
            await desk.update(number, state=TicketState.CLOSED, resolution="New drum")
        with pytest.raises(RejectedError, match="keeps its title"):
            await desk.update(number, title="Another")


async def test_a_closed_ticket_is_not_written_into() -> None:
    server = GlpiServer()
    async with desk_of(server) as desk:
        number = (await desk.create(draft())).number
        server.change(number, status={"id": 6})
        with pytest.raises(DeniedError, match="permission"):
            await desk.update(number, title="Another")


async def test_a_webhook_of_a_follow_up_is_about_its_ticket() -> None:
    server = GlpiServer()
    async with desk_of(server) as desk:
        number = (await desk.create(draft())).number
        (event,) = desk.parse_webhook(*server.webhook(number, followup=True))
    assert event.number == number


async def test_a_webhook_that_waited_in_the_queue_is_as_good_and_known_by_its_time() -> None:
    body = b'{"event": "update", "item": {"id": 5, "external_id": null}}'
    async with desk_of(GlpiServer()) as desk:
        (early,), (late,) = (desk.parse_webhook(*signed(body, at)) for at in (1, 4_000_000_000))
    assert early.number == late.number == "5"
    assert early.delivery_id != late.delivery_id


async def test_a_webhook_is_believed_with_its_own_time_alone_and_about_tickets() -> None:
    async with desk_of(GlpiServer()) as desk, desk_of(GlpiServer(), webhook_secret="") as deaf:
        headers, body = signed(b'{"event": "new", "item": {"id": 9, "name": "Laptop"}}')
        with pytest.raises(MalformedError, match="about no ticket"):
            desk.parse_webhook(headers, body)
        with pytest.raises(ForgedError, match="X-GLPI-signature"):
            desk.parse_webhook(headers | {"X-GLPI-timestamp": "1"}, body)
        with pytest.raises(ForgedError, match="no secret"):
            deaf.parse_webhook(headers, body)


async def test_an_address_without_the_interface_is_said_to_be() -> None:
    async with desk_of(GlpiServer()) as desk:
        desk.login.url = f"{desk.url}/nowhere"
        with pytest.raises(GoneError, match="write the address of GLPI's pages"):
            await desk.check()


async def test_another_address_proves_nothing() -> None:
    async with desk_of(GlpiServer()) as desk:
        elsewhere = replace(desk, url=f"{desk.url}/nowhere")
        with pytest.raises(DeskError, match="is url its address") as caught:
            await elsewhere.get("1")
    assert not isinstance(caught.value, RefusedError)
