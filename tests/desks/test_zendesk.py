"""Zendesk: its idempotency, what is closed for good, what its lists and exports leave out."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from callcenter.core.hook import AGE_MAX_S, ForgedError, MalformedError, StaleError
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    GoneError,
    RefusedError,
    RejectedError,
    TicketState,
)
from callcenter.desks.kept import KEPT_FOR
from callcenter.desks.zendesk.desk import ZendeskDesk
from tests.desks.faults import Fault, serving
from tests.desks.test_builtin import DRAFT
from tests.desks.zendesk_server import ZendeskServer
from tests.desks.zendesk_trial import UNKNOWN, zendesk_at

CALLER = "+33639981122"


@pytest.fixture
def server() -> ZendeskServer:
    return ZendeskServer()


@pytest.fixture
async def url(server: ZendeskServer) -> AsyncIterator[str]:
    async with serving(server.app()) as address:
        yield address


@pytest.fixture
async def desk(url: str) -> AsyncIterator[ZendeskDesk]:
    async with zendesk_at(url) as opened:
        yield opened


def draft(**known: Any) -> Draft:
    return replace(DRAFT, key=str(uuid4()), **known)


async def test_a_ticket_is_its_group_s_and_of_who_answered(server: ZendeskServer, url: str) -> None:
    async with zendesk_at(url, priority="high") as desk:
        wanted = draft(agent="nadia", caller=CALLER, company="Ardoise & Fils")
        ref = await desk.create(wanted)
    ticket = server.numbered(ref.number)
    assert (ticket["subject"], ticket["group_id"], ticket["priority"]) == (wanted.title, 2, "high")
    assert (ticket["assignee_id"], ticket["external_id"]) == (4, wanted.key)
    assert ref.url == f"{url}/agent/tickets/{ref.number}"
    ((_, comment),) = server.comments
    assert comment["public"] is False
    assert f"Caller: {CALLER}" in comment["body"]


@pytest.mark.parametrize(
    ("known", "requester"),
    [
        ({"desk_contact": "77", "contact_email": "elise@example.com"}, {"requester_id": 77}),
        (
            {"contact": "Élise Vannier", "contact_email": "elise@example.com"},
            {"requester": {"name": "Élise Vannier", "email": "elise@example.com"}},
        ),
        ({"contact": "Élise Vannier"}, {"requester": {"name": UNKNOWN, "email": UNKNOWN}}),
    ],
)
async def test_it_is_the_known_contact_s_or_nobody_s(
    server: ZendeskServer, desk: ZendeskDesk, known: dict[str, str], requester: dict[str, Any]
) -> None:
    ref = await desk.create(draft(caller=CALLER, **known))
    ticket = server.numbered(ref.number)
    assert {name: ticket[name] for name in ticket if name.startswith("requester")} == requester


async def test_an_agent_may_have_another_address_there(server: ZendeskServer, url: str) -> None:
    async with zendesk_at(url, users={"nm": "nadia@example.com"}) as desk:
        ref = await desk.create(draft(agent="nm"))
    assert server.numbered(ref.number)["assignee_id"] == 4


async def test_an_agent_who_is_not_in_the_group_leaves_the_ticket_without_one(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    ref = await desk.create(draft(agent="nobody"))
    assert "assignee_id" not in server.numbered(ref.number)


async def test_groups_and_agents_are_found_on_any_page(server: ZendeskServer, url: str) -> None:
    server.page = 1
    async with zendesk_at(url, users={"nm": "nadia@example.com"}) as desk:
        assert await desk.check()
        ref = await desk.create(draft(agent="nm"))
    assert server.numbered(ref.number)["assignee_id"] == 4


async def test_the_group_is_asked_for_once_in_a_while(server: ZendeskServer, url: str) -> None:
    now = datetime.now(UTC)
    async with zendesk_at(url, now=lambda: now) as desk:
        for _ in range(3):
            await desk.create(draft())
        assert _asked(server, "GET /api/v2/groups.json") == 1
        now += KEPT_FOR
        await desk.create(draft())
        assert _asked(server, "GET /api/v2/groups.json") == 2


async def test_a_call_opens_on_the_screen_of_who_answered_it(
    server: ZendeskServer, url: str
) -> None:
    async with zendesk_at(url, talk_partner=True) as desk:
        ref = await desk.create(draft(agent="nadia"))
        await desk.create(draft(agent="nobody"))
    assert server.shown == [(4, int(ref.number))]
    assert {ticket["via_id"] for ticket in server.tickets.values()} == {45}
    assert _asked(server, "POST /api/v2/channels/voice/tickets.json") == 2


async def test_the_same_key_with_another_request_leaves_in_doubt_what_is_there(
    desk: ZendeskDesk,
) -> None:
    wanted = draft()
    ref = await desk.create(wanted)
    with pytest.raises(DeskError, match="another request for this ticket") as caught:
        await desk.create(replace(wanted, company="Ardoise & Fils"))
    assert not isinstance(caught.value, RefusedError)
    assert await desk.find(wanted.key) == ref


async def test_a_ticket_that_was_deleted_is_not_taken_for_the_one_that_is_wanted_anew(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    wanted = draft()
    deleted = await desk.create(wanted)
    server.delete(deleted.number)
    with pytest.raises(DeskError, match="was deleted") as caught:
        await desk.create(wanted)
    assert not isinstance(caught.value, RefusedError)
    server.keys["forgotten"] = server.keys.pop(wanted.key)
    assert await desk.create(wanted) != deleted


async def test_one_that_is_just_being_made_is_in_doubt(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    server.faults.fail(Fault(kind="status", status=409))
    with pytest.raises(DeskError) as caught:
        await desk.create(draft())
    assert not isinstance(caught.value, RefusedError)


async def test_two_tickets_of_one_key_are_both_told(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    """After two hours Zendesk has forgotten the key."""
    wanted = draft()
    older = await desk.create(wanted)
    server.keys["forgotten"] = server.keys.pop(wanted.key)
    newer = await desk.create(wanted)
    assert await desk.held([wanted.key]) == {wanted.key: [older, newer]}
    assert await desk.find(wanted.key) == older


async def test_an_archived_ticket_is_found_and_a_deleted_one_is_not(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    wanted = [draft(), draft()]
    archived, deleted = [await desk.create(one) for one in wanted]
    server.index()
    server.archived.add(int(archived.number))
    server.delete(deleted.number)  # of which the index does not know yet
    assert await desk.held([one.key for one in wanted]) == {wanted[0].key: [archived]}


async def test_a_merged_ticket_is_the_one_that_it_was_merged_into(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    wanted = draft()
    merged, survivor = await desk.create(wanted), await desk.create(draft(title="The survivor"))
    server.merge(merged.number, survivor.number)
    assert await desk.held([wanted.key]) == {wanted.key: [survivor]}
    ticket = await desk.get(merged.number)
    assert ticket is not None
    assert (ticket.ref, ticket.title) == (survivor, "The survivor")
    await desk.note(merged.number, "Hello", "[ref:1]")
    assert await desk.has_note(survivor.number, "[ref:1]")


@pytest.mark.parametrize("words", ["Same as the other one", "See #999"])
async def test_a_merger_that_does_not_say_into_what_leaves_the_ticket_closed(
    server: ZendeskServer, desk: ZendeskDesk, words: str
) -> None:
    merged, survivor = await desk.create(draft()), await desk.create(draft())
    server.merge(merged.number, survivor.number, words)
    ticket = await desk.get(merged.number)
    assert ticket is not None
    assert (ticket.ref, ticket.state) == (merged, TicketState.CLOSED)


async def test_mergers_that_name_each_other_come_to_an_end(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    one, other = await desk.create(draft()), await desk.create(draft())
    server.merge(one.number, other.number)
    server.merge(other.number, one.number)
    assert await desk.get(one.number) is not None


@pytest.mark.parametrize(
    ("there", "state"),
    [
        ("new", TicketState.OPEN),
        ("open", TicketState.OPEN),
        ("pending", TicketState.PENDING),
        ("hold", TicketState.PENDING),
        ("solved", TicketState.CLOSED),
        ("closed", TicketState.CLOSED),
    ],
)
async def test_each_of_its_states_is_one_of_ours(
    server: ZendeskServer, desk: ZendeskDesk, there: str, state: TicketState
) -> None:
    ref = await desk.create(draft())
    server.change(ref.number, status=there)
    ticket = await desk.get(ref.number)
    assert ticket is not None
    assert ticket.state is state


async def test_what_is_closed_for_good_takes_nothing(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    ref = await desk.create(draft(title="Printer"))
    server.change(ref.number, status="closed")
    await desk.update(ref.number, title="Printer", state=TicketState.CLOSED)
    for ask in (
        desk.update(ref.number, state=TicketState.OPEN),
        desk.note(ref.number, "Hello", "[ref:1]"),
    ):
        with pytest.raises(RejectedError, match="closed prevents ticket update"):
            await ask


async def test_what_a_trigger_sets_back_is_told_of(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    ref = await desk.create(draft())
    server.keeps = {"status"}
    with pytest.raises(RejectedError, match="keeps its status"):
        await desk.update(ref.number, state=TicketState.CLOSED)


async def test_a_note_is_found_on_any_page(server: ZendeskServer, desk: ZendeskDesk) -> None:
    server.page = 2
    ref = await desk.create(draft())
    for number in range(5):
        await desk.note(ref.number, "Hello", f"[ref:{number}]")
    assert await desk.has_note(ref.number, "[ref:0]")
    assert not await desk.has_note(ref.number, "[ref:5]")


async def test_what_changed_is_told_over_some_pages(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    refs = [await desk.create(draft()) for _ in range(150)]
    found = await desk.changed(datetime.now(UTC) - timedelta(days=1))
    assert [one.number for one in found] == [ref.number for ref in refs]


async def test_many_that_changed_in_one_second_are_all_told(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    refs = [await desk.create(draft()) for _ in range(600)]
    for ticket in server.tickets.values():
        ticket["generated_timestamp"] = 1795000000
    found = await desk.changed(datetime.fromtimestamp(1795000000, UTC))
    assert [one.number for one in found] == [ref.number for ref in refs]


async def test_the_last_minute_is_not_asked_for(server: ZendeskServer, desk: ZendeskDesk) -> None:
    await desk.create(draft())
    server.asked.clear()
    assert await desk.changed(datetime.now(UTC) - timedelta(seconds=30)) == []
    assert server.asked == []


@pytest.mark.parametrize(
    ("changed", "error", "what"),
    [
        ({"group": "Nowhere"}, GoneError, "no group 'Nowhere': write its name"),
        ({"users": {"nm": "nm@example.com"}}, RejectedError, r"users\.nm: no agent .*'Support'"),
        ({"token": "another"}, DeniedError, "Couldn't authenticate you"),
    ],
)
async def test_the_check_says_what_to_change(
    url: str, changed: dict[str, Any], error: type[Exception], what: str
) -> None:
    async with zendesk_at(url, **changed) as desk:
        with pytest.raises(error, match=what):
            await desk.check()


async def test_what_is_wrong_with_a_ticket_is_told_in_its_own_words(desk: ZendeskDesk) -> None:
    with pytest.raises(RejectedError, match="Email is not properly formatted"):
        await desk.create(draft(contact_email="elise"))


async def test_no_number_and_no_address_is_in_what_is_asked_for(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    wanted = draft(agent="nadia", caller=CALLER, contact_email="elise@example.com")
    await desk.create(wanted)
    await desk.find(wanted.key)
    assert not any("33639981122" in path or "@" in path for path, _ in server.asked)


async def test_an_old_webhook_changes_nothing(server: ZendeskServer, desk: ZendeskDesk) -> None:
    for seconds in (-AGE_MAX_S - 5, AGE_MAX_S + 5):
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        with pytest.raises(StaleError):
            desk.parse_webhook(*server.webhook("101", at))


async def test_the_time_of_a_webhook_is_signed_too(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    headers, body = server.webhook("101", datetime.now(UTC) - timedelta(days=1))
    fresh = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    with pytest.raises(ForgedError):
        desk.parse_webhook({**headers, "x-zendesk-webhook-signature-timestamp": fresh}, body)


async def test_an_event_that_was_subscribed_names_its_ticket(
    server: ZendeskServer, desk: ZendeskDesk
) -> None:
    body = b'{"type": "zen:event-type:ticket.status_changed", "detail": {"id": "101"}, "event": {}}'
    (event,) = desk.parse_webhook(*server.webhook("", body=body))
    assert event.number == "101"


@pytest.mark.parametrize("body", [b'{"ticket_id": ""}', b'{"ticket_id": "a/../b"}', b"{}"])
async def test_a_webhook_that_names_no_ticket_is_said_to(
    server: ZendeskServer, desk: ZendeskDesk, body: bytes
) -> None:
    with pytest.raises(MalformedError, match=r"\{\{ticket\.id\}\}"):
        desk.parse_webhook(*server.webhook("", body=body))


async def test_without_a_secret_no_webhook_is_believed(server: ZendeskServer, url: str) -> None:
    async with zendesk_at(url, webhook_secret="") as desk:
        assert not desk.hears
        with pytest.raises(ForgedError, match="no secret"):
            desk.parse_webhook(*server.webhook("101"))


def _asked(server: ZendeskServer, path: str) -> int:
    return [asked for asked, _ in server.asked].count(path)
