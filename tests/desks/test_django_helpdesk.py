"""django-helpdesk, a real one: what it drops without a word, what it renames, what it answers 500
to and does all the same."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from callcenter.core.hook import ForgedError
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    GoneError,
    RefusedError,
    RejectedError,
    TicketState,
)
from callcenter.desks.django_helpdesk import api
from tests.calls.database import debts
from tests.calls.facts import started
from tests.desks.conftest import Office
from tests.desks.helpdesk import NADIA_ID, Helpdesk, desk_at, running, webhook
from tests.desks.test_builtin import DRAFT

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOWHERE = "http://127.0.0.1:1/"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def helpdesk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Helpdesk]:
    async with running(tmp_path_factory.mktemp("helpdesk")) as started:
        yield started


def draft(**known: Any) -> Draft:
    """Of a call of its own, answered by nadia."""
    return replace(DRAFT, key=str(uuid4()), agent="nadia", caller="+33639981122", **known)


async def test_a_ticket_that_is_stored_with_a_500_is_one_ticket(
    helpdesk: Helpdesk, sqlite_office: Office
) -> None:
    await sqlite_office.answer(1)
    helpdesk.tell(NOWHERE)
    async with desk_at(helpdesk.url, settles_s=10) as desk:
        worker = sqlite_office.worker(desk)
        try:
            await worker.pay_due("builtin")
        finally:
            helpdesk.tell()
        (debt,) = await debts(sqlite_office.database)
        assert (debt.state, debt.last_error) == ("open", "the desk answered 500")
        sqlite_office.clock.advance(600)
        await worker.pay_due("builtin")
        (debt,) = await debts(sqlite_office.database)
        held = await desk.held([started(1).id])
    assert debt.state == "ticketed"
    assert [ref.number for ref in held[started(1).id]] == [debt.ticket_number]


async def test_a_ticket_has_its_agent_and_what_is_known_of_the_call(helpdesk: Helpdesk) -> None:
    async with desk_at(helpdesk.url) as desk:
        wanted = draft(company="Ardoise & Fils", contact_email="elise@ardoise.example")
        ref = await desk.create(wanted)
    ticket = await helpdesk.ask("GET", f"tickets/{ref.number}/")
    assert (ticket["assigned_to"], ticket["priority"], ticket["queue"]) == (NADIA_ID, 3, 1)
    assert ticket["submitter_email"] == "elise@ardoise.example"
    assert "Company: Ardoise & Fils" in ticket["description"]
    assert ref.url == f"{helpdesk.url}/tickets/{ref.number}/"


async def test_an_agent_without_an_id_there_leaves_the_ticket_to_nobody(helpdesk: Helpdesk) -> None:
    async with desk_at(helpdesk.url) as desk:
        ref = await desk.create(replace(draft(), agent="karim"))
    assert (await helpdesk.ask("GET", f"tickets/{ref.number}/"))["assigned_to"] is None


async def test_a_long_title_is_cut(helpdesk: Helpdesk) -> None:
    async with desk_at(helpdesk.url) as desk:
        ref = await desk.create(draft(title="x" * 300))
        await desk.update(ref.number, title="y" * 300)
    assert (await helpdesk.ask("GET", f"tickets/{ref.number}/"))["title"] == "y" * 200


async def test_keys_are_found_however_many_tickets_came_after(
    helpdesk: Helpdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    async with desk_at(helpdesk.url) as desk:
        twice, once = draft(), draft()
        refs = [await desk.create(one) for one in (twice, twice, once, draft(), draft())]
        assert await desk.find(once.key) == refs[2]
        assert await desk.find(twice.key) == refs[0]
        assert await desk.held([once.key, twice.key]) == {once.key: [refs[2]], twice.key: refs[:2]}
        assert await desk.find(str(uuid4())) is None


async def test_a_merged_ticket_is_the_one_that_it_was_merged_into(helpdesk: Helpdesk) -> None:
    async with desk_at(helpdesk.url) as desk:
        wanted = draft()
        merged, survivor = await desk.create(wanted), await desk.create(draft())
        into = {"merged_to": survivor.number, "status": 5}
        await helpdesk.ask("PATCH", f"tickets/{merged.number}/", into)
        assert await desk.held([wanted.key]) == {wanted.key: [survivor]}
        ticket = await desk.get(merged.number)
        await desk.note(merged.number, "After the merger", "[ref:merged]")
        assert await desk.has_note(survivor.number, "[ref:merged]")
    assert ticket is not None
    assert ticket.ref == survivor


async def test_tickets_merged_in_a_circle_are_said_to_be(helpdesk: Helpdesk) -> None:
    async with desk_at(helpdesk.url) as desk:
        ref = await desk.create(draft())
        await helpdesk.ask("PATCH", f"tickets/{ref.number}/", {"merged_to": ref.number})
        with pytest.raises(DeskError, match="merged in a circle"):
            await desk.get(ref.number)


@pytest.mark.parametrize(
    "text", ["{{ ticket.secret_key }}", "{% endverbatim %}{% now 'Y' %}", "{# not said #}", "{{{"]
)
async def test_a_note_is_no_template_and_renames_no_ticket(helpdesk: Helpdesk, text: str) -> None:
    async with desk_at(helpdesk.url) as desk:
        wanted = draft()
        ref = await desk.create(wanted)
        await desk.note(ref.number, text, "[ref:template]")
    ticket = await helpdesk.ask("GET", f"tickets/{ref.number}/")
    assert ticket["title"] == wanted.title
    note = ticket["followup_set"][-1]
    assert note["comment"].replace(" ", "") == f"{text}\n\n[ref:template]".replace(" ", "")
    assert note["public"] is False


async def test_a_ticket_waits_is_closed_with_its_resolution_and_opened_again(
    helpdesk: Helpdesk,
) -> None:
    async with desk_at(helpdesk.url) as desk:
        number = (await desk.create(draft())).number
        seen = []
        for state in (
            TicketState.PENDING,
            TicketState.OPEN,
            TicketState.CLOSED,
            TicketState.PENDING,
            TicketState.CLOSED,
            TicketState.OPEN,
        ):
            await desk.update(number, state=state, resolution="New drum")
            ticket = await desk.get(number)
            assert ticket is not None
            seen.append(ticket.state is state)
    assert all(seen)
    assert (await helpdesk.ask("GET", f"tickets/{number}/"))["resolution"] == "New drum"


async def test_what_changed_is_told_once_for_each_ticket(
    helpdesk: Helpdesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "PAGE", 2)
    async with desk_at(helpdesk.url) as desk:
        refs = [await desk.create(draft()) for _ in range(2)]
        since = datetime.now(UTC)
        for number in (refs[0].number, refs[1].number, refs[1].number, refs[0].number):
            await helpdesk.follow_up(number)
        found = await desk.changed(since)
        assert [one.number for one in found] == [refs[1].number, refs[0].number]
        assert await desk.changed(found[-1].at + timedelta(microseconds=1)) == []


async def test_a_webhook_needs_the_password_of_its_address(helpdesk: Helpdesk) -> None:
    async with desk_at(helpdesk.url) as desk, desk_at(helpdesk.url, webhook_secret="") as deaf:
        ref = await desk.create(draft())
        headers, body = await webhook(helpdesk, ref.number)
        assert not deaf.hears
        with pytest.raises(ForgedError, match="no secret"):
            deaf.parse_webhook(headers, body)
        with pytest.raises(ForgedError, match="the password that it comes with"):
            desk.parse_webhook(headers | {"Authorization": "Basic bm86bm8="}, body)
        with pytest.raises(ForgedError):
            desk.parse_webhook(headers | {"Authorization": "\udcff"}, body)


async def test_who_sees_no_ticket_is_not_told_that_there_is_none(tmp_path: Path) -> None:
    async with running(tmp_path) as empty, desk_at(empty.url) as desk:
        for ask in (desk.held([str(uuid4())]), desk.get("1")):
            with pytest.raises(DeskError, match="the permission of the queue") as caught:
                await ask
            assert not isinstance(caught.value, RefusedError)
        assert "it shows our user no ticket yet" in await desk.check()


async def test_a_queue_or_a_user_that_is_not_there_is_named(helpdesk: Helpdesk) -> None:
    async with desk_at(helpdesk.url, queue=99) as desk:
        with pytest.raises(RejectedError, match=r"no queue 99 .* administration"):
            await desk.check()
        with pytest.raises(RejectedError, match="queue: Invalid pk"):
            await desk.create(draft())
    async with desk_at(helpdesk.url, users={"nadia": 1, "karim": 99}) as desk:
        with pytest.raises(RejectedError, match=r"users\.karim: it has no user 99"):
            await desk.check()


async def test_a_field_for_the_key_that_is_not_there_is_said_to_be_missing(
    helpdesk: Helpdesk,
) -> None:
    wanted = draft()
    async with desk_at(helpdesk.url, custom_field="nowhere") as desk:
        for ask in (desk.check(), desk.create(wanted), desk.find(wanted.key)):
            with pytest.raises(RejectedError, match="no field 'nowhere': add a custom field"):
                await ask


async def test_a_field_of_which_nothing_is_known_must_not_be_required(helpdesk: Helpdesk) -> None:
    with closing(sqlite3.connect(helpdesk.folder / "helpdesk.db", timeout=20)) as database:
        row = database.execute("SELECT * FROM helpdesk_customfield").fetchone()
        names = [one[1] for one in database.execute("PRAGMA table_info(helpdesk_customfield)")]
        changed = dict(zip(names, row, strict=True)) | {"id": 9, "name": "site", "required": 1}
        marks = ", ".join("?" for _ in names)
        database.execute(
            f"INSERT INTO helpdesk_customfield VALUES ({marks})", list(changed.values())
        )
        database.commit()
        try:
            async with desk_at(helpdesk.url) as desk:
                with pytest.raises(RejectedError, match="'custom_site', of which"):
                    await desk.check()
                with pytest.raises(RejectedError, match="custom_site: This field is required"):
                    await desk.create(draft())
        finally:
            database.execute("DELETE FROM helpdesk_customfield WHERE id = 2")
            database.commit()


async def test_who_is_not_of_its_staff_is_denied(helpdesk: Helpdesk) -> None:
    async with desk_at(helpdesk.url, user="guest", password="guest-password") as desk:
        for ask in (desk.check(), desk.create(draft()), desk.find(str(uuid4()))):
            with pytest.raises(DeniedError, match="do not have permission"):
                await ask
        with pytest.raises(DeniedError, match="of one with staff status"):
            await desk.check()


async def test_another_address_has_no_desk_and_proves_nothing(helpdesk: Helpdesk) -> None:
    async with desk_at(f"{helpdesk.url}/tickets") as desk:
        with pytest.raises(GoneError, match="404: write the address of helpdesk's pages"):
            await desk.check()
        with pytest.raises(DeskError, match="is url its address") as caught:
            await desk.get("1")
    assert not isinstance(caught.value, RefusedError)
