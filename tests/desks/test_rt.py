"""Request Tracker 5, a real one: what it takes, what it drops without a word, what it refuses."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from callcenter.desks.desk import Draft, GoneError, RejectedError, TicketState
from tests.desks.remote import real_now
from tests.desks.request_tracker import RequestTracker, running
from tests.desks.rt_trial import desk_of
from tests.desks.test_builtin import DRAFT

SAME_SECOND = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init();
$RT::Handle->dbh->do("UPDATE Tickets SET LastUpdated = '2037-01-01 00:00:07' WHERE id IN ({ids})");
"""
RIGHTS = """
use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init();
my $queue = RT::Queue->new(RT->SystemUser); $queue->Create(Name => 'Unowned');
my $field = RT::CustomField->new(RT->SystemUser); $field->Load('CallID');
$field->AddToObject($queue);
my @rights = qw(SeeQueue ShowTicket SeeCustomField);
for my $name (qw(reader clerk)) {
    my $user = RT::User->new(RT->SystemUser); $user->Create(Name => $name, Privileged => 1);
    $user->PrincipalObj->GrantRight(Right => $_, Object => $queue) for @rights;
    my $token = RT::AuthToken->new(RT->SystemUser);
    my (undef, undef, $secret) = $token->Create(Owner => $user->id, Description => $name);
    print "\n$secret";
    push @rights, 'CreateTicket';
}
"""
"""A queue in which no agent may own a ticket, a user who may only look at it, and one who may make
tickets in it: the tokens of both."""

DAY = timedelta(days=1)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rt(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RequestTracker]:
    async with running(tmp_path_factory.mktemp("rt")) as started:
        yield started


def draft(**known: Any) -> Draft:
    """Of a call of its own, answered by nadia."""
    return replace(DRAFT, key=str(uuid4()), agent="nadia", caller="+33639981122", **known)


async def test_a_ticket_has_its_agent_as_owner_and_its_caller_as_requestor(
    rt: RequestTracker,
) -> None:
    async with desk_of(rt) as desk:
        wanted = draft(company="Ardoise & Fils")
        ref = await desk.create(wanted)
    ticket = await rt.ask("GET", f"ticket/{ref.number}")
    assert ticket["Subject"] == wanted.title
    assert ticket["Owner"]["id"] == "nadia"
    assert [user["id"] for user in ticket["Requestor"]] == ["+33639981122"]
    assert ref.url == f"{rt.url}/Ticket/Display.html?id={ref.number}"


async def test_an_agent_may_have_another_name_in_rt(rt: RequestTracker) -> None:
    async with desk_of(rt, users={"nm": "nadia"}) as desk:
        ref = await desk.create(replace(draft(), agent="nm"))
    assert (await rt.ask("GET", f"ticket/{ref.number}"))["Owner"]["id"] == "nadia"


async def test_an_agent_whom_rt_does_not_know_leaves_the_ticket_without_an_owner(
    rt: RequestTracker,
) -> None:
    async with desk_of(rt) as desk:
        ref = await desk.create(replace(draft(), agent="nobody-there"))
    assert (await rt.ask("GET", f"ticket/{ref.number}"))["Owner"]["id"] == "Nobody"


async def test_a_merged_ticket_is_the_one_that_it_was_merged_into(rt: RequestTracker) -> None:
    async with desk_of(rt) as desk:
        wanted = draft()
        merged, survivor = await desk.create(wanted), await desk.create(draft())
        await rt.ask("PUT", f"ticket/{merged.number}", {"MergeInto": survivor.number})
        assert await desk.find(wanted.key) == survivor
        ticket = await desk.get(merged.number)
        assert ticket is not None
        assert ticket.ref == survivor


async def test_what_changes_in_the_survivor_is_told_of_the_merged_one_too(
    rt: RequestTracker,
) -> None:
    async with desk_of(rt) as desk:
        merged, survivor = await desk.create(draft()), await desk.create(draft())
        await rt.ask("PUT", f"ticket/{merged.number}", {"MergeInto": survivor.number})
        await rt.ask("PUT", f"ticket/{survivor.number}", {"Status": "resolved"})
        times = {one.number: one.at for one in await desk.changed(real_now() - DAY)}
        assert times[merged.number] == times[survivor.number]


async def test_more_changes_in_a_second_than_one_answer_has_are_all_told(
    rt: RequestTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk_of(rt) as desk:
        refs = [await desk.create(draft()) for _ in range(4)]
        await rt.perl(SAME_SECOND.format(ids=", ".join(ref.number for ref in refs)))
        monkeypatch.setattr("callcenter.desks.rt.desk.PAGE", 2)
        found = await desk.changed(datetime(2037, 1, 1, tzinfo=UTC))
        assert {one.number for one in found} == {ref.number for ref in refs}


async def test_a_status_that_rt_refuses_is_told_in_its_words(rt: RequestTracker) -> None:
    async with desk_of(rt, closed=["solved"]) as desk:
        ref = await desk.create(draft())
        with pytest.raises(RejectedError, match="'solved' isn't a valid status"):
            await desk.update(ref.number, state=TicketState.CLOSED)


async def test_a_queue_that_is_not_there_is_refused_with_what_to_change(rt: RequestTracker) -> None:
    async with desk_of(rt, queue="Nowhere") as desk:
        with pytest.raises(RejectedError, match=r"'Nowhere'.*write the queue's name"):
            await desk.create(draft())
        with pytest.raises(GoneError, match="no queue 'Nowhere'"):
            await desk.check()


async def test_a_queue_without_the_custom_field_finds_nothing_and_says_so(
    rt: RequestTracker,
) -> None:
    async with desk_of(rt, queue="Bare") as desk:
        for ask in (desk.check(), desk.find(str(uuid4()))):
            with pytest.raises(RejectedError, match="'Bare' has no custom field 'CallID'"):
                await ask
        with pytest.raises(RejectedError, match="made without the id of its call"):
            await desk.create(draft())


async def test_the_check_says_which_rights_to_give(rt: RequestTracker) -> None:
    *_, reader, clerk = (await rt.perl(RIGHTS)).split()
    async with desk_of(rt, queue="Unowned", token=reader) as desk:
        with pytest.raises(RejectedError, match="give the user of the token CreateTicket"):
            await desk.check()
    async with desk_of(rt, queue="Unowned", token=clerk) as desk:
        told = await desk.check()
        assert "give the user of the token AdminUsers" in told
        assert "OwnTicket" not in told
    async with desk_of(rt, queue="Unowned") as desk:
        await desk.create(draft())  # of nadia, who may not have it
        told = await desk.check()
        assert "give agents OwnTicket" in told
        assert "AdminUsers" not in told


async def test_a_user_whom_rt_does_not_know_is_named(rt: RequestTracker) -> None:
    async with desk_of(rt, users={"nm": "nadia.martin"}) as desk:
        with pytest.raises(RejectedError, match=r"users\.nm: RT has no user 'nadia.martin'"):
            await desk.check()


async def test_one_that_is_as_it_must_be_passes_the_check(rt: RequestTracker) -> None:
    async with desk_of(rt) as desk:
        assert await desk.check() == "let us in; its queue 'General' has the custom field 'CallID'"
