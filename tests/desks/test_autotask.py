"""Autotask: what a ticket has of its call, and the traps of its interface."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from callcenter.core.hook import ForgedError
from callcenter.desks.autotask import AutotaskDesk
from callcenter.desks.autotask.api import AT_ONCE, DENIED_MAX
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    NotSentError,
    RateLimitedError,
    RefusedError,
    RejectedError,
    TicketState,
)
from tests.desks.autotask.callouts import signature
from tests.desks.autotask.entities import COMPLETE, PHONE, SUPPORT, WAITING
from tests.desks.autotask.opening import WEBHOOK_SECRET, desk_on
from tests.desks.autotask.server import THRESHOLD, Autotask
from tests.desks.autotask.tenant import (
    ARDOISE,
    BRUME,
    DESK_ROLE,
    KARIM,
    NADIA,
    OURS,
    TENANT,
    Record,
)
from tests.desks.faults import Fault
from tests.desks.test_builtin import DRAFT


@pytest.fixture
def server() -> Autotask:
    return Autotask()


@pytest.fixture
async def url(server: Autotask) -> AsyncIterator[str]:
    async with server.serving() as address:
        yield address


@pytest.fixture
async def desk(url: str) -> AsyncIterator[AutotaskDesk]:
    async with desk_on(url) as opened:
        yield opened


def draft(**known: Any) -> Draft:
    """Of a call of its own, answered by nadia."""
    return replace(DRAFT, key=str(uuid4()), **({"agent": "nadia"} | known))


async def made(server: Autotask, desk: AutotaskDesk, **known: Any) -> Record:
    """The ticket that such a draft becomes, as Autotask has it."""
    return server.tenant.ticket((await desk.create(draft(**known))).number)


def id_of(server: Autotask, entity: str, **having: object) -> int:
    (found,) = (
        one for one in server.tenant.records[entity].values() if one.items() >= having.items()
    )
    identity: int = found["id"]
    return identity


def put_tickets(server: Autotask, count: int) -> None:
    """Tickets of other origin, with keys k0, k1, ..."""
    for place in range(count):
        given = {"ticketNumber": f"T20261123.{place:04}", "externalID": f"k{place}"}
        server.tenant.put("Tickets", given | {"title": "Printer", "status": COMPLETE})


def posts(server: Autotask) -> int:
    return server.asked.count(("POST", "Tickets"))


# -- what a ticket has -----------------------------------------------------------------------------


async def test_a_ticket_is_the_callers_and_the_agents(server: Autotask, desk: AutotaskDesk) -> None:
    ticket = await made(
        server,
        desk,
        company="Ardoise & Fils",
        contact="Élise Martin-Roux",
        contract="Infogérance",
        caller="+33639981122",
    )
    assert ticket["companyID"] == ARDOISE
    assert ticket["contactID"] == id_of(server, "Contacts", firstName="Élise")
    assert ticket["contractID"] == id_of(server, "Contracts", contractName="Infogérance")
    assert (ticket["assignedResourceID"], ticket["assignedResourceRoleID"]) == (NADIA, DESK_ROLE)
    assert (ticket["queueID"], ticket["source"]) == (SUPPORT, PHONE)
    assert ticket["dueDateTime"] == "2026-11-24T09:00:04.000Z"
    assert "Caller: +33639981122" in ticket["description"]


async def test_a_ticket_is_read_where_people_read_it(
    server: Autotask, url: str, desk: AutotaskDesk
) -> None:
    ref = await desk.create(draft())
    ticket = server.tenant.ticket(ref.number)
    assert ref.url == (
        f"{url}/Autotask/AutotaskExtend/ExecuteCommand.aspx"
        f"?Code=OpenTicketDetail&TicketID={ticket['id']}"
    )


async def test_the_directorys_ids_go_before_names(server: Autotask, desk: AutotaskDesk) -> None:
    contact = id_of(server, "Contacts", firstName="Élise")
    ticket = await made(
        server, desk, company="Renamed", desk_company=str(ARDOISE), desk_contact=str(contact)
    )
    assert (ticket["companyID"], ticket["contactID"]) == (ARDOISE, contact)


async def test_a_contact_is_known_by_the_address(server: Autotask, desk: AutotaskDesk) -> None:
    contact = id_of(server, "Contacts", firstName="Élise")
    server.tenant.records["Contacts"][contact]["emailAddress"] = "elise@example.com"
    ticket = await made(
        server,
        desk,
        company="Ardoise & Fils",
        contact="É. Martin",
        contact_email="elise@example.com",
    )
    assert ticket["contactID"] == contact


async def test_nobody_known_is_the_companys_own_whose_id_is_0(
    server: Autotask, desk: AutotaskDesk
) -> None:
    assert (await made(server, desk, company="Nobody knows them"))["companyID"] == TENANT == 0


async def test_an_inactive_contact_or_contract_is_left_out(
    server: Autotask, desk: AutotaskDesk
) -> None:
    for known in (
        {"contact": "Hugo Martin-Roux", "contract": "Forfait 2025"},
        {"desk_contact": str(id_of(server, "Contacts", firstName="Hugo"))},
    ):
        ticket = await made(server, desk, company="Ardoise & Fils", **known)
        assert (ticket["companyID"], ticket["contactID"]) == (ARDOISE, None)
        assert ticket["contractID"] is None


async def test_an_inactive_company_leaves_the_ticket_to_the_default(
    server: Autotask, url: str
) -> None:
    async with desk_on(url, company_id=ARDOISE) as desk:
        assert (await made(server, desk, desk_company=str(BRUME)))["companyID"] == ARDOISE


async def test_two_of_a_name_are_not_guessed_between(server: Autotask, desk: AutotaskDesk) -> None:
    server.tenant.put("Companies", {"companyName": "Ardoise & Fils", "isActive": True})
    assert (await made(server, desk, company="Ardoise & Fils"))["companyID"] == TENANT


async def test_a_resource_without_a_default_role_has_the_one_of_the_service_desk(
    server: Autotask, desk: AutotaskDesk
) -> None:
    ticket = await made(server, desk, agent="karim")
    assert (ticket["assignedResourceID"], ticket["assignedResourceRoleID"]) == (KARIM, DESK_ROLE)


async def test_an_agent_whom_autotask_does_not_know_leaves_the_ticket_to_nobody(
    server: Autotask, desk: AutotaskDesk
) -> None:
    ticket = await made(server, desk, agent="zoe")
    assert (ticket["assignedResourceID"], ticket["assignedResourceRoleID"]) == (None, None)
    assert "Agent: zoe" in ticket["description"]


async def test_whoever_answered_may_be_who_made_it(server: Autotask, url: str) -> None:
    async with desk_on(url, impersonate=True) as desk:
        ticket = await made(server, desk)
        stranger = await made(server, desk, agent="zoe")
    assert (ticket["creatorResourceID"], ticket["impersonatorCreatorResourceID"]) == (NADIA, OURS)
    assert stranger["creatorResourceID"] == OURS


async def test_one_who_may_not_be_impersonated_is_told_of(server: Autotask, url: str) -> None:
    server.tenant.unimpersonable.add(NADIA)
    async with desk_on(url, impersonate=True) as desk:
        with pytest.raises(RejectedError, match=r"security level .* impersonate = false"):
            await desk.create(draft())
    assert not server.tenant.records["Tickets"]


async def test_the_key_may_be_in_a_field_of_the_companys(server: Autotask, url: str) -> None:
    async with desk_on(url, udf="Call ID") as desk:
        await desk.check()
        wanted = draft()
        ref = await desk.create(wanted)
        ticket = await desk.get(ref.number)
        assert await desk.find(wanted.key) == ref
    assert ticket is not None
    assert ticket.key == wanted.key
    assert server.tenant.ticket(ref.number)["externalID"] is None


# -- what becomes of it ----------------------------------------------------------------------------


async def test_what_waits_for_the_customer_is_pending(server: Autotask, desk: AutotaskDesk) -> None:
    ref = await desk.create(draft())
    server.tenant.ticket(ref.number)["status"] = WAITING
    found = await desk.get(ref.number)
    assert found is not None
    assert found.state is TicketState.PENDING


async def test_it_is_completed_with_its_resolution_once(
    server: Autotask, desk: AutotaskDesk
) -> None:
    ref = await desk.create(draft())
    for _ in range(2):
        await desk.update(ref.number, state=TicketState.CLOSED, resolution="New drum")
    ticket = server.tenant.ticket(ref.number)
    assert (ticket["status"], ticket["resolution"]) == (COMPLETE, "New drum")
    assert ticket["completedDate"]
    assert server.asked.count(("PATCH", "Tickets")) == 1


async def test_a_note_that_only_speaks_of_the_call_is_not_the_one_of_its_marker(
    server: Autotask, desk: AutotaskDesk
) -> None:
    ref = await desk.create(draft())
    await desk.note(ref.number, "As said on the telephone, call 5f1c", "[call 77aa]")
    assert not await desk.has_note(ref.number, "[call 5f1c]")
    assert await desk.has_note(ref.number, "[call 77aa]")


async def test_who_was_given_a_role_meanwhile_has_the_next_try(
    server: Autotask, desk: AutotaskDesk
) -> None:
    roles = server.tenant.records["ResourceServiceDeskRoles"]
    of_nadia = roles.pop(id_of(server, "ResourceServiceDeskRoles", resourceID=NADIA))
    with pytest.raises(RejectedError, match="not associated with any queue"):
        await desk.create(draft())
    roles[of_nadia["id"]] = of_nadia
    assert (await made(server, desk))["assignedResourceID"] == NADIA


async def test_changes_are_told_over_many_pages(server: Autotask, desk: AutotaskDesk) -> None:
    begun = datetime.now(UTC)
    put_tickets(server, 1200)
    found = await desk.changed(begun - timedelta(seconds=1))
    assert len({one.number for one in found}) == 1200
    assert [one.at for one in found] == sorted(one.at for one in found)


async def test_a_page_elsewhere_is_not_asked_for(server: Autotask, desk: AutotaskDesk) -> None:
    put_tickets(server, 501)
    server.pages_at = "http://127.0.0.1:1"
    with pytest.raises(DeskError, match="not in its zone"):
        await desk.changed(datetime(2026, 1, 1, tzinfo=UTC))


async def test_hundreds_of_keys_are_looked_for_in_few_requests(
    server: Autotask, desk: AutotaskDesk
) -> None:
    put_tickets(server, 250)
    assert len(await desk.held([f"k{place}" for place in range(600)])) == 250
    assert server.asked.count(("POST", "Tickets/query")) == 6


# -- what it refuses -------------------------------------------------------------------------------


async def test_a_ticket_that_is_not_valid_is_rejected_though_autotask_says_500(
    server: Autotask, desk: AutotaskDesk
) -> None:
    await desk.create(draft())
    server.tenant.required.add("issueType")
    with pytest.raises(RejectedError, match="Missing Required Field: issueType"):
        await desk.create(draft())
    assert posts(server) == 2


async def test_after_a_rejection_the_picklists_are_read_again(
    server: Autotask, desk: AutotaskDesk
) -> None:
    fields = ("GET", "Tickets/entityInformation/fields")
    server.tenant.required.add("issueType")
    for times in (1, 2):
        with pytest.raises(RejectedError):
            await desk.create(draft())
        assert server.asked.count(fields) == times


async def test_too_many_at_once_is_no_answer_about_the_ticket(
    server: Autotask, desk: AutotaskDesk
) -> None:
    server.busy = lambda entity: entity == "Tickets"
    with pytest.raises(RateLimitedError, match="Itgenatr005") as caught:
        await desk.create(draft())
    assert caught.value.after_s
    assert not server.tenant.records["Tickets"]


async def test_what_the_hour_allows_is_kept(server: Autotask, desk: AutotaskDesk) -> None:
    server.used = THRESHOLD
    with pytest.raises(RateLimitedError):
        await desk.find(str(uuid4()))


async def test_a_right_that_is_missing_is_told_of(server: Autotask, desk: AutotaskDesk) -> None:
    server.tenant.denied.add("Tickets")
    with pytest.raises(DeniedError, match=r"adequate permissions .* security level"):
        await desk.find(str(uuid4()))


@pytest.mark.parametrize("status", [401, 429, 500])
async def test_a_ticket_that_was_made_and_cannot_be_read_is_in_doubt(
    server: Autotask, desk: AutotaskDesk, status: int
) -> None:
    server.faults.is_meant = lambda request: "/Tickets/" in request.path and request.method == "GET"
    await desk.picklists.picked()
    server.faults.fail(Fault(kind="status", status=status, times=1))
    wanted = draft()
    with pytest.raises(DeskError) as caught:
        await desk.create(wanted)
    assert not isinstance(caught.value, RateLimitedError | RefusedError | NotSentError)
    assert await desk.find(wanted.key)


async def test_what_fails_before_the_ticket_is_wanted_leaves_no_doubt(
    server: Autotask, desk: AutotaskDesk
) -> None:
    server.faults.is_meant = lambda request: request.path.endswith("/fields")
    server.faults.fail(Fault(kind="status", status=502))
    with pytest.raises(NotSentError):
        await desk.create(draft())
    assert posts(server) == 0


async def test_no_more_is_asked_at_once_than_autotask_takes(
    server: Autotask, desk: AutotaskDesk
) -> None:
    await desk.create(draft())
    server.gate = asyncio.Event()
    finds = [asyncio.create_task(desk.find(str(uuid4()))) for _ in range(8)]
    for _ in range(AT_ONCE):
        await server.at_gate.acquire()
    server.gate.set()
    assert await asyncio.gather(*finds) == [None] * 8
    assert server.threads_most["Tickets"] == AT_ONCE


async def test_a_zone_is_asked_for_once_and_again_when_it_lets_nobody_in(
    server: Autotask, desk: AutotaskDesk
) -> None:
    for _ in range(3):
        await desk.find(str(uuid4()))
    assert server.asked.count(("GET", "zoneInformation")) == 1
    server.faults.fail(Fault(kind="status", status=401, times=1))
    with pytest.raises(DeniedError):
        await desk.find(str(uuid4()))
    await desk.find(str(uuid4()))
    assert server.asked.count(("GET", "zoneInformation")) == 2


async def test_whoever_is_refused_again_and_again_asks_no_more(server: Autotask, url: str) -> None:
    async with desk_on(url, secret="wrong") as desk:
        for _ in range(2 * DENIED_MAX):
            with pytest.raises(DeniedError):
                await desk.find(str(uuid4()))
    assert server.asked.count(("POST", "Tickets/query")) == DENIED_MAX


async def test_the_hour_is_kept_for_tickets(server: Autotask, desk: AutotaskDesk) -> None:
    server.used = int(THRESHOLD * 0.8)
    for _ in range(3):
        with pytest.raises(NotSentError, match="of 10000 requests"):
            await desk.changed(datetime.now(UTC))
    assert server.asked.count(("GET", "ThresholdInformation")) == 1
    assert ("POST", "Tickets/query") not in server.asked
    assert await desk.create(draft())


# -- check -----------------------------------------------------------------------------------------


async def test_one_that_is_as_it_must_be_says_what_it_has(desk: AutotaskDesk) -> None:
    told = await desk.check()
    assert "tickets are for the queue 'Support', those of nobody known for 'Ma Société'" in told
    assert "of 10000 requests" in told


async def test_whether_its_webhook_is_on_is_said(server: Autotask, desk: AutotaskDesk) -> None:
    assert "callcenter desk subscribe builtin makes one" in await desk.check()
    server.callouts.subscribe("https://callcenter.test/hooks/builtin", WEBHOOK_SECRET)
    assert "its webhook tells of changes" in await desk.check()
    (hook,) = server.tenant.records["TicketWebhooks"].values()
    hook["isActive"] = False
    assert "no webhook of it is active" in await desk.check()
    server.tenant.denied.add("TicketWebhooks")
    assert "is not known" in await desk.check()


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"username": "nobody@example.com"}, "no zone for the API user 'nobody@example.com'"),
        ({"secret": "wrong"}, "401"),
        ({"integration_code": "WRONG"}, "401"),
        ({"queue": "Nowhere"}, "no queueID 'Nowhere': write one of 'Support', 'Monitoring Alert'"),
        ({"status": "Waiting Materials"}, "no status 'Waiting Materials'.* into status"),
        ({"status_closed": "Fertig"}, "no status 'Fertig': .*'Complete'.* into status_closed"),
        ({"priority": "P1"}, "no priority 'P1'"),
        ({"source": "Pigeon"}, "no source 'Pigeon': write one of 'Phone', 'Email' into source"),
        (
            {"issue_type": "Computer", "sub_issue_type": "Quality"},
            "no subIssueType 'Quality': write one of 'Printer', 'Other' into sub_issue_type",
        ),
        ({"note_type": "Post-it"}, "no noteType 'Post-it'.* into note_type"),
        ({"udf": "Anruf"}, "no user-defined field 'Anruf' for tickets: make one"),
        ({"users": {"zoe": "zoe@example.com"}}, "no active resource 'zoe@example.com'.* zoe into"),
        ({"users": {"zoe": "callcenter"}}, "'callcenter' has no role for the service desk"),
        ({"company_id": BRUME}, f"no active company with the id {BRUME}"),
    ],
)
async def test_what_is_wrong_is_said_with_what_to_change(
    url: str, changed: dict[str, Any], says: str
) -> None:
    async with desk_on(url, **changed) as desk:
        with pytest.raises(RefusedError, match=says):
            await desk.check()


async def test_what_a_company_requires_is_said_with_the_key_to_write(
    server: Autotask, desk: AutotaskDesk
) -> None:
    server.tenant.required |= {"issueType", "contractID"}
    with pytest.raises(RejectedError, match=r"write issue_type .* make contractID optional"):
        await desk.check()


async def test_a_sub_issue_type_is_the_one_of_its_issue_type(server: Autotask, url: str) -> None:
    async with desk_on(url, issue_type="Telephony", sub_issue_type="Other") as desk:
        ticket = await made(server, desk)
    assert (ticket["issueType"], ticket["subIssueType"]) == (11, 112)


# -- webhooks --------------------------------------------------------------------------------------


def told(server: Autotask, ticket: Record) -> tuple[dict[str, str], bytes]:
    """The webhook of a change that karim makes."""
    server.callouts.subscribe("https://callcenter.test/hooks/builtin", WEBHOOK_SECRET)
    server.tenant.patch("Tickets", {"id": ticket["id"], "title": "L'été & <b>ü</b>"}, KARIM)
    (callout,) = server.callouts.waiting
    return dict(callout.headers), callout.body


async def test_a_webhook_is_verified_by_the_bytes_as_they_came(
    server: Autotask, desk: AutotaskDesk
) -> None:
    ticket = await made(server, desk)
    headers, body = told(server, ticket)
    (event,) = desk.parse_webhook(headers, body)
    assert event.number == ticket["ticketNumber"]
    with pytest.raises(ForgedError):
        desk.parse_webhook(headers, json.dumps(json.loads(body)).encode())


async def test_an_unsigned_deactivation_changes_nothing(desk: AutotaskDesk) -> None:
    body = b'{"Action":"Deactivated","Guid":"6ac1bd3a-3b4c-4f5e-9a51-0c3a7f9f7d11"}'
    with pytest.raises(ForgedError):
        desk.parse_webhook({"Content-Type": "application/json"}, body)
    signed = {"x-hook-signature": signature(WEBHOOK_SECRET, body)}
    assert desk.parse_webhook(signed, body) == []


async def test_a_webhook_without_the_tickets_number_is_left_to_the_poll(
    server: Autotask, desk: AutotaskDesk
) -> None:
    _, body = told(server, await made(server, desk))
    event = json.loads(body)
    del event["Fields"]["Ticket Number"]
    body = json.dumps(event).encode()
    assert desk.parse_webhook({"X-Hook-Signature": signature(WEBHOOK_SECRET, body)}, body) == []


async def test_without_a_secret_no_webhook_is_believed(server: Autotask, url: str) -> None:
    async with desk_on(url, webhook_secret=None) as desk:
        assert not desk.hears
        with pytest.raises(ForgedError):
            desk.parse_webhook(*told(server, await made(server, desk)))


async def test_what_we_write_ourselves_is_not_told_to_us(
    server: Autotask, desk: AutotaskDesk
) -> None:
    server.callouts.subscribe("https://callcenter.test/hooks/builtin", WEBHOOK_SECRET)
    ref = await desk.create(draft())
    await desk.update(ref.number, title="Printer")
    assert server.callouts.waiting == []
