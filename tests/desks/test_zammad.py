"""Zammad: what it drops without a word, what it hides, what it wants to be told."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from callcenter.core.hook import ForgedError, MalformedError
from callcenter.desks.desk import (
    DeniedError,
    DeskContact,
    DeskError,
    Draft,
    RejectedError,
    TicketState,
)
from callcenter.desks.zammad.desk import ZammadDesk
from tests.desks.faults import serving
from tests.desks.test_builtin import DRAFT
from tests.desks.zammad_server import UNKNOWN, ZammadServer, user
from tests.desks.zammad_trial import zammad_at

CALLER = "+33639981122"


@pytest.fixture
def server() -> ZammadServer:
    return ZammadServer()


@pytest.fixture
async def url(server: ZammadServer) -> AsyncIterator[str]:
    async with serving(server.app()) as address:
        yield address


@pytest.fixture
async def desk(url: str) -> AsyncIterator[ZammadDesk]:
    async with zammad_at(url) as opened:
        yield opened


def draft(**known: Any) -> Draft:
    return replace(DRAFT, key=str(uuid4()), **known)


async def test_a_ticket_is_its_group_s_and_of_who_answered(server: ZammadServer, url: str) -> None:
    async with zammad_at(url, priority="3 high") as desk:
        wanted = draft(agent="nadia", caller=CALLER, company="Ardoise & Fils")
        ref = await desk.create(wanted)
    ticket = server.numbered(ref.number)
    assert (ticket["title"], ticket["group"], ticket["priority"]) == (
        wanted.title,
        "Support",
        "3 high",
    )
    assert (ticket["owner_id"], ticket["call_id"]) == (4, wanted.key)
    assert ref.url == f"{url}/#ticket/zoom/{ticket['id']}"
    (article,) = server.articles
    assert (article["type"], article["sender"], article["internal"]) == ("phone", "Customer", True)
    assert f"Caller: {CALLER}" in article["body"]


async def test_an_agent_may_have_another_login_there(server: ZammadServer, url: str) -> None:
    async with zammad_at(url, users={"nm": "nadia@example.com"}) as desk:
        ref = await desk.create(draft(agent="nm"))
    assert server.numbered(ref.number)["owner_id"] == 4


async def test_an_agent_whom_it_does_not_know_leaves_the_ticket_without_an_owner(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    ref = await desk.create(draft(agent="nobody"))
    assert "owner_id" not in server.numbered(ref.number)


async def test_it_is_the_caller_s_whom_its_number_tells(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    server.users.append(user(20, "elise", mobile="06 39 98 11 22"))
    ref = await desk.create(draft(caller=CALLER))
    assert server.numbered(ref.number)["customer_id"] == 20


@pytest.mark.parametrize(
    ("known", "customer"),
    [
        ({"desk_contact": "20", "contact_email": "elise@example.com"}, 20),
        ({"contact_email": "elise@example.com", "caller": CALLER}, 15),
        ({"caller": CALLER}, 3),  # two have the number: neither is taken for the other
        ({"caller": "anonymous"}, 3),
        ({}, 3),
    ],
)
async def test_it_is_the_known_contact_s_or_nobody_s(
    server: ZammadServer, desk: ZammadDesk, known: dict[str, str], customer: int
) -> None:
    server.users += [user(20, "elise", phone=CALLER), user(21, "tom", phone="0639981122")]
    server.users += [user(5, UNKNOWN + ".example", phone=None)]
    ref = await desk.create(draft(**known))
    assert server.numbered(ref.number)["customer_id"] == customer


async def test_contacts_are_known_however_their_number_is_written(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    server.users.append(
        user(20, "elise", firstname="Élise", lastname="Vannier", phone="06.39.98.11.22")
        | {"organization_id": 7}
    )
    server.users.append(user(21, "tom", phone="+33 6 39 98 11 22", active=False))
    server.users.append(user(22, "ines", phone="06 39 98 11 22 33"))
    assert await desk.find_contact(CALLER) == [DeskContact("20", "Élise Vannier", "7")]
    assert all("0639981122" not in path for path, _ in server.asked)


async def test_an_attribute_that_is_not_there_is_told_of(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    server.attributes.clear()
    for ask in (desk.check(), desk.find(str(uuid4()))):
        with pytest.raises(RejectedError, match="no attribute 'call_id': add one to the object"):
            await ask
    with pytest.raises(RejectedError, match="made without the id of its call"):
        await desk.create(draft())


async def test_a_workflow_that_removes_the_attribute_is_told_of(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    server.removed = {"call_id"}
    with pytest.raises(RejectedError, match="let no workflow remove it"):
        await desk.create(draft())


async def test_a_group_that_it_may_not_read_does_not_say_that_there_is_no_ticket(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    wanted = draft()
    ref = await desk.create(wanted)
    server.rights = {"Support": ["overview"]}
    server.groups, server.tickets[1]["group"] = {"Support"}, "Sales"
    for ask in (
        desk.find(wanted.key),
        desk.held([wanted.key]),
        desk.get(ref.number),
        desk.check(),
    ):
        with pytest.raises(DeniedError, match="may not do all in a group 'Support'"):
            await ask


async def test_no_key_at_all_finds_no_ticket(desk: ZammadDesk) -> None:
    """An empty condition would find each of them."""
    await desk.create(draft())
    assert await desk.held([]) == {}


async def test_many_keys_are_looked_for_with_few_requests(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    wanted = [draft() for _ in range(120)]
    refs = {one.key: [await desk.create(one)] for one in wanted}
    server.asked.clear()
    assert await desk.held(refs) == refs
    assert len(server.asked) == 3


async def test_more_tickets_than_an_answer_has_are_all_found(desk: ZammadDesk) -> None:
    wanted = draft()
    refs = [await desk.create(wanted) for _ in range(101)]
    assert await desk.held([wanted.key]) == {wanted.key: refs}


async def test_a_merged_ticket_is_the_one_that_it_was_merged_into(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    wanted = draft()
    merged, between, survivor = [
        await desk.create(one) for one in (wanted, draft(), replace(wanted, title="The survivor"))
    ]
    server.merge(merged.number, between.number)
    server.merge(between.number, survivor.number)
    assert await desk.held([wanted.key]) == {wanted.key: [survivor]}
    ticket = await desk.get(merged.number)
    assert ticket is not None
    assert (ticket.ref, ticket.title) == (survivor, "The survivor")
    server.delete(survivor.number)
    assert await desk.get(merged.number) is None
    assert await desk.held([wanted.key]) == {}


async def test_many_that_changed_at_once_are_all_told(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    refs = [await desk.create(draft()) for _ in range(150)]
    for ticket in server.tickets.values():
        ticket["updated_at"] = "2026-11-23T09:00:00.000Z"
    found = await desk.changed(datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert [one.number for one in found] == [ref.number for ref in refs]


@pytest.mark.parametrize(
    ("there", "state"),
    [
        ("new", TicketState.OPEN),
        ("open", TicketState.OPEN),
        ("pending reminder", TicketState.PENDING),
        ("pending close", TicketState.PENDING),
        ("closed", TicketState.CLOSED),
    ],
)
async def test_each_of_its_states_is_one_of_ours(
    server: ZammadServer, desk: ZammadDesk, there: str, state: TicketState
) -> None:
    ref = await desk.create(draft())
    server.change(ref.number, state=there)
    ticket = await desk.get(ref.number)
    assert ticket is not None
    assert ticket.state is state


async def test_a_ticket_that_is_to_wait_says_until_when(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    ref = await desk.create(draft())
    await desk.update(ref.number, state=TicketState.PENDING)
    until = datetime.fromisoformat(server.numbered(ref.number)["pending_time"])
    assert until > datetime.now(UTC)


async def test_what_it_says_already_is_not_written_again(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    ref = await desk.create(draft(title="Printer"))
    server.asked.clear()
    await desk.update(ref.number, title="Printer", state=TicketState.OPEN)
    assert not any(path.startswith("PUT") for path, _ in server.asked)


async def test_what_a_trigger_sets_back_is_told_of(server: ZammadServer, desk: ZammadDesk) -> None:
    ref = await desk.create(draft())
    server.keeps = {"state"}
    with pytest.raises(RejectedError, match="keeps its state"):
        await desk.update(ref.number, state=TicketState.CLOSED)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"group": "Sales"}, "group 'Sales'.*the right full"),
        ({"customer": "nobody"}, "customer: .*'nobody'"),
        ({"users": {"nm": "nobody"}}, r"users\.nm: .*'nobody'"),
        ({"priority": "urgent"}, "priority: .*write one of 2 normal, 3 high"),
        (
            {"states": {TicketState.CLOSED: "done"}},
            r"states\.closed: .*write one of closed, merged, new",
        ),
        (
            {"states": {TicketState.CLOSED: "pending close"}},
            "type 'pending action': write a state that is closed",
        ),
    ],
)
async def test_the_check_says_what_to_change(url: str, changed: dict[str, Any], what: str) -> None:
    async with zammad_at(url, **changed) as desk:
        with pytest.raises(DeskError, match=what):
            await desk.check()


async def test_a_group_that_is_not_there_refuses_the_ticket_in_its_own_words(url: str) -> None:
    async with zammad_at(url, group="Nowhere") as desk:
        with pytest.raises(RejectedError, match="No lookup value found for 'group'"):
            await desk.create(draft())


async def test_a_group_in_which_it_may_not_create_refuses_the_ticket(url: str) -> None:
    async with zammad_at(url, group="Sales") as desk:
        with pytest.raises(DeniedError, match="Not authorized"):
            await desk.create(draft())


async def test_the_page_of_another_server_says_of_no_ticket_that_it_is_gone(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    merged, survivor = await desk.create(draft()), await desk.create(draft())
    server.merge(merged.number, survivor.number)
    other = web.Application()
    other.router.add_post("/api/v1/tickets/search", server._search)
    other.router.add_get("/api/v1/links", server._links)
    async with serving(other) as elsewhere, zammad_at(elsewhere) as away:
        with pytest.raises(DeskError, match="404"):
            await away.get(merged.number)


async def test_a_webhook_with_a_body_of_its_own_is_said_to_be_one(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    ref = await desk.create(draft())
    server.numbered(ref.number).update(number=None, id=ref.number)
    with pytest.raises(MalformedError, match="leave the body as it is"):
        desk.parse_webhook(*server.webhook(None))


async def test_without_a_secret_no_webhook_is_believed(server: ZammadServer, url: str) -> None:
    async with zammad_at(url, webhook_secret="") as desk:
        assert not desk.hears
        ref = await desk.create(draft())
        headers, body = server.webhook(ref.number)
        with pytest.raises(ForgedError, match="no secret"):
            desk.parse_webhook(headers, body)
