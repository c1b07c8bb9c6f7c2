"""Request Tracker 5, a real one: what it takes, what it drops without a word, what it refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from callcenter.desks.client import Client
from callcenter.desks.desk import DeniedError, Draft, GoneError, NotSentError, RejectedError
from callcenter.desks.rt import RtDesk
from tests.desks.remote import PATIENT_S, real_now
from tests.desks.request_tracker import RequestTracker, running
from tests.desks.test_builtin import DRAFT

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rt(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RequestTracker]:
    async with running(tmp_path_factory.mktemp("rt")) as started:
        yield started


@asynccontextmanager
async def desk_of(rt: RequestTracker, **changed: Any) -> AsyncIterator[RtDesk]:
    given = {
        "name": "rt",
        "url": rt.url,
        "token": rt.token,
        "queue": "General",
        "custom_field": "CallID",
        "now": real_now,
    }
    async with Client.open(PATIENT_S) as client:
        yield RtDesk(client=client, **given | changed)


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


async def test_a_ticket_is_found_by_its_key_at_once(rt: RequestTracker) -> None:
    async with desk_of(rt) as desk:
        wanted, other = draft(), str(uuid4())
        assert await desk.find(wanted.key) is None
        ref = await desk.create(wanted)
        assert await desk.find(wanted.key) == ref
        assert await desk.held([wanted.key, other]) == {wanted.key: [ref]}


@pytest.mark.parametrize("text", ["Élise & <b>Fils</b> \N{CRAB}", "'\\", "x" * 150])
async def test_any_name_may_be_in_it(rt: RequestTracker, text: str) -> None:
    async with desk_of(rt) as desk:
        wanted = draft(title=text, company=text, contact=text)
        ref = await desk.create(wanted)
        assert await desk.find(wanted.key) == ref


async def test_two_tickets_of_one_key_are_both_told_and_the_older_is_found(
    rt: RequestTracker,
) -> None:
    async with desk_of(rt) as desk:
        wanted = draft()
        refs = [await desk.create(wanted), await desk.create(wanted)]
        assert await desk.held([wanted.key]) == {wanted.key: refs}
        assert await desk.find(wanted.key) == refs[0]


async def test_a_merged_ticket_is_the_one_that_it_was_merged_into(rt: RequestTracker) -> None:
    async with desk_of(rt) as desk:
        wanted = draft()
        merged, survivor = await desk.create(wanted), await desk.create(draft())
        await rt.ask("PUT", f"ticket/{merged.number}", {"MergeInto": survivor.number})
        assert await desk.find(wanted.key) == survivor


async def test_a_deleted_ticket_is_there_no_more(rt: RequestTracker) -> None:
    async with desk_of(rt) as desk:
        wanted = draft()
        ref = await desk.create(wanted)
        await rt.ask("DELETE", f"ticket/{ref.number}")
        assert await desk.held([wanted.key]) == {}


async def test_a_queue_that_is_not_there_is_refused_with_what_to_change(rt: RequestTracker) -> None:
    async with desk_of(rt, queue="Nowhere") as desk:
        with pytest.raises(RejectedError, match=r"'Nowhere'.*write the queue's name"):
            await desk.create(draft())
        with pytest.raises(GoneError, match="no queue 'Nowhere'"):
            await desk.check()


async def test_a_wrong_token_is_denied(rt: RequestTracker) -> None:
    async with desk_of(rt, token="1-14-00000000000000000000000000000000") as desk:
        for ask in (desk.check(), desk.create(draft()), desk.find(str(uuid4()))):
            with pytest.raises(DeniedError, match="401"):
                await ask


async def test_a_queue_without_the_custom_field_finds_nothing_and_says_so(
    rt: RequestTracker,
) -> None:
    async with desk_of(rt, queue="Bare") as desk:
        for ask in (desk.check(), desk.find(str(uuid4()))):
            with pytest.raises(RejectedError, match="'Bare' has no custom field 'CallID'"):
                await ask
        with pytest.raises(RejectedError, match="made without the id of its call"):
            await desk.create(draft())


async def test_one_that_is_as_it_must_be_passes_the_check(rt: RequestTracker) -> None:
    async with desk_of(rt) as desk:
        assert await desk.check() == "let us in; its queue 'General' has the custom field 'CallID'"


async def test_one_that_does_not_run_was_sent_nothing(rt: RequestTracker) -> None:
    async with desk_of(rt, url="http://127.0.0.1:1") as desk:
        with pytest.raises(NotSentError):
            await desk.create(draft())
