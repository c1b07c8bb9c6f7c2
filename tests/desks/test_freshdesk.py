"""Freshdesk: its two ways to look for a ticket, its form, and webhooks that nobody signs."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web

from callcenter.core.hook import ForgedError, MalformedError
from callcenter.desks.desk import (
    DeskError,
    Draft,
    GoneError,
    RefusedError,
    RejectedError,
    TicketState,
)
from callcenter.desks.freshdesk.desk import FreshdeskDesk
from tests.desks.faults import serving
from tests.desks.freshdesk_server import FreshdeskServer, form
from tests.desks.freshdesk_trial import UNKNOWN, freshdesk_at
from tests.desks.test_builtin import DRAFT

CALLER = "+33639981122"
LONG_AGO = "2026-11-01T08:00:00Z"


@pytest.fixture
def server() -> FreshdeskServer:
    return FreshdeskServer()


@pytest.fixture
async def url(server: FreshdeskServer) -> AsyncIterator[str]:
    async with serving(server.app()) as address:
        yield address


@pytest.fixture
async def desk(url: str) -> AsyncIterator[FreshdeskDesk]:
    async with freshdesk_at(url) as opened:
        yield opened


def draft(**known: Any) -> Draft:
    return replace(DRAFT, key=str(uuid4()), **known)


async def test_a_ticket_is_its_group_s_and_of_who_answered(
    server: FreshdeskServer, url: str
) -> None:
    async with freshdesk_at(url, priority="high", users={"nadia": "Nadia Martin"}) as desk:
        wanted = draft(agent="nadia", caller=CALLER, company="Ardoise <& Fils>")
        ref = await desk.create(wanted)
    ticket = server.numbered(ref.number)
    assert (ticket["subject"], ticket["group_id"], ticket["responder_id"]) == (wanted.title, 2, 4)
    assert (ticket["status"], ticket["priority"], ticket["source"]) == (2, 3, 3)
    assert ticket["custom_fields"] == {"cf_call_id": wanted.key}
    assert "Company: Ardoise &lt;&amp; Fils&gt;<br>" in ticket["description"] + "<br>"
    assert ref.url == f"{url}/a/tickets/{ref.number}"


@pytest.mark.parametrize(
    ("known", "requester"),
    [
        ({"desk_contact": "77", "contact_email": "elise@example.com"}, {"requester_id": 77}),
        ({"contact_email": "elise@example.com", "caller": CALLER}, {"email": "elise@example.com"}),
        ({"caller": CALLER, "contact": "Élise"}, {"phone": CALLER, "name": "Élise"}),
        ({"caller": CALLER}, {"phone": CALLER, "name": CALLER}),
        ({"caller": "anonymous"}, {"email": UNKNOWN}),
        ({}, {"email": UNKNOWN}),
    ],
)
async def test_it_is_the_caller_s_or_nobody_s(
    server: FreshdeskServer, desk: FreshdeskDesk, known: dict[str, str], requester: dict[str, Any]
) -> None:
    ref = await desk.create(draft(**known))
    names = ("requester_id", "email", "phone", "name")
    ticket = server.numbered(ref.number)
    assert {name: ticket[name] for name in names if name in ticket} == requester


async def test_what_else_its_form_wants_is_given(server: FreshdeskServer, url: str) -> None:
    server.fields = form(cf_category={"type": "custom_dropdown", "required_for_agents": True})
    fields = {"cf_category": "Telephony", "type": "Incident"}
    async with freshdesk_at(url, fields=fields) as desk:
        assert await desk.check()
        ref = await desk.create(draft())
    ticket = server.numbered(ref.number)
    assert ticket["custom_fields"]["cf_category"] == "Telephony"
    assert ticket["type"] == "Incident"


async def test_a_ticket_is_found_before_the_index_has_it_and_long_after(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    wanted = draft()
    ref = await desk.create(wanted)
    assert await desk.find(wanted.key) == ref
    server.age(ref.number, LONG_AGO)
    assert await desk.find(wanted.key) is None  # neither: an index that is days behind
    server.index()
    assert await desk.find(wanted.key) == ref


async def test_two_tickets_of_one_key_are_both_told_wherever_they_are_found(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    wanted = draft()
    older = await desk.create(wanted)
    server.age(older.number, LONG_AGO)
    server.index()
    newer = await desk.create(wanted)
    assert await desk.held([wanted.key]) == {wanted.key: [older, newer]}
    assert await desk.find(wanted.key) == older


async def test_many_keys_are_looked_for_in_queries_that_are_not_too_long(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    wanted = [draft() for _ in range(20)]
    refs = {one.key: [await desk.create(one)] for one in wanted}
    for (ref,) in refs.values():
        server.age(ref.number, LONG_AGO)
    server.index()
    assert await desk.held(refs) == refs


async def test_more_tickets_than_an_answer_has_are_all_found(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    wanted = draft()
    refs = [await desk.create(wanted) for _ in range(101)]
    assert await desk.held([wanted.key]) == {wanted.key: refs}
    for ref in refs:
        server.age(ref.number, LONG_AGO)
    server.index()
    assert await desk.held([wanted.key]) == {wanted.key: refs}


async def test_no_key_at_all_is_not_asked_for(server: FreshdeskServer, desk: FreshdeskDesk) -> None:
    assert await desk.held([]) == {}
    assert server.asked == []


async def test_a_ticket_in_the_bin_is_gone(server: FreshdeskServer, desk: FreshdeskDesk) -> None:
    """It can be read there, all the same."""
    ref = await desk.create(draft())
    server.delete(ref.number)
    assert await desk.get(ref.number) is None
    for ask in (
        desk.note(ref.number, "Hello", "[ref:1]"),
        desk.update(ref.number, state=TicketState.CLOSED),
    ):
        with pytest.raises(GoneError):
            await ask


async def test_another_server_says_of_no_ticket_that_it_is_gone() -> None:
    async with serving(web.Application()) as url, freshdesk_at(url) as desk:
        with pytest.raises(DeskError, match="404"):
            await desk.get("1")


@pytest.mark.parametrize(
    ("there", "state"),
    [
        (2, TicketState.OPEN),
        (3, TicketState.PENDING),
        (4, TicketState.CLOSED),
        (5, TicketState.CLOSED),
        (6, TicketState.PENDING),
        (7, TicketState.PENDING),
        (12, TicketState.OPEN),
    ],
)
async def test_each_of_its_states_is_one_of_ours(
    server: FreshdeskServer, desk: FreshdeskDesk, there: int, state: TicketState
) -> None:
    ref = await desk.create(draft())
    server.change(ref.number, status=there)
    ticket = await desk.get(ref.number)
    assert ticket is not None
    assert ticket.state is state


async def test_what_is_closed_is_not_resolved_again(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    ref = await desk.create(draft(title="Printer"))
    server.change(ref.number, status=5)
    await desk.update(ref.number, title="Printer", state=TicketState.CLOSED)
    assert server.numbered(ref.number)["status"] == 5


async def test_what_an_automation_sets_back_is_told_of(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    ref = await desk.create(draft())
    server.keeps = {"status"}
    with pytest.raises(RejectedError, match="keeps its status"):
        await desk.update(ref.number, state=TicketState.CLOSED)


async def test_a_note_is_private_and_is_found_on_any_page(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    ref = await desk.create(draft())
    for number in range(31):
        await desk.note(ref.number, "<b>Hello</b>", f"[ref:{number}]")
    assert await desk.has_note(ref.number, "[ref:30]")
    assert not await desk.has_note(ref.number, "[ref:31]")
    assert all(note["private"] for _, note in server.notes)
    assert server.notes[0][1]["body"] == "&lt;b&gt;Hello&lt;/b&gt;<br><br>[ref:0]"


@pytest.mark.parametrize(
    ("fields", "changed", "what"),
    [
        (form(), {"group": "Nowhere"}, "no group 'Nowhere': write its name"),
        (form(), {"users": {"nm": "Nobody"}}, r"users\.nm: .*no agent 'Nobody'"),
        (form(), {"key": "another"}, "You have to be logged in"),
        (form(cf_call_id={}), {}, "no field 'cf_call_id' of one line: add one"),
        (
            form(cf_call_id={"type": "custom_dropdown"}),
            {},
            "no field 'cf_call_id' of one line",
        ),
        (
            form(
                ticket_type={
                    "type": "default_ticket_type",
                    "choices": ["Incident"],
                    "required_for_agents": True,
                },
                cf_category={"type": "custom_dropdown", "required_for_agents": True},
            ),
            {},
            "requires cf_category, type: write them into fields",
        ),
    ],
)
async def test_the_check_says_what_to_change(
    server: FreshdeskServer,
    url: str,
    fields: list[dict[str, Any]],
    changed: dict[str, Any],
    what: str,
) -> None:
    server.fields = fields
    async with freshdesk_at(url, **changed) as desk:
        with pytest.raises(RefusedError, match=what):
            await desk.check()


async def test_what_is_wrong_with_a_ticket_is_told_in_its_own_words(desk: FreshdeskDesk) -> None:
    with pytest.raises(RejectedError, match="email: It should be in the 'valid email address'"):
        await desk.create(draft(contact_email="elise"))


async def test_no_number_and_no_address_is_in_what_is_asked_for(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    wanted = draft(agent="nadia", caller=CALLER, contact_email="elise@example.com")
    await desk.create(wanted)
    await desk.find(wanted.key)
    assert not any("33639981122" in path or "@" in path for path, _ in server.asked)


async def test_what_changed_a_second_ago_is_told(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    refs = [await desk.create(draft()) for _ in range(2)]
    server.age(refs[0].number, LONG_AGO)
    since = datetime.now(UTC) - timedelta(hours=1)
    assert [one.number for one in await desk.changed(since)] == [refs[1].number]


async def test_many_that_changed_in_one_second_are_all_told(
    server: FreshdeskServer, desk: FreshdeskDesk
) -> None:
    refs = [await desk.create(draft()) for _ in range(150)]
    for ref in refs:
        server.age(ref.number, LONG_AGO)
    found = await desk.changed(datetime.fromisoformat(LONG_AGO))
    assert [one.number for one in found] == [ref.number for ref in refs]


@pytest.mark.parametrize("body", [{"ticket_id": "1"}, {"freshdesk_webhook": {}}])
async def test_a_webhook_that_names_no_ticket_is_said_to(
    server: FreshdeskServer, desk: FreshdeskDesk, body: dict[str, Any]
) -> None:
    with pytest.raises(MalformedError, match=r"\{\{ticket\.id\}\}"):
        desk.parse_webhook(*server.webhook("1", body))


async def test_without_a_secret_no_webhook_is_believed(server: FreshdeskServer, url: str) -> None:
    async with freshdesk_at(url, webhook_secret="") as desk:
        assert not desk.hears
        with pytest.raises(ForgedError, match="no secret"):
            desk.parse_webhook({"X-Callcenter-Secret": ""}, server.webhook("1")[1])
