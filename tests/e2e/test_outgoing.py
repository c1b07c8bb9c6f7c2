"""Calls that agents make from their pages: their telephone rings first, then the customer's."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar

from tests.e2e import site
from tests.e2e.api import Event
from tests.e2e.house import House
from tests.rig.ami import Ami

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLER = "0639981177"
WITHIN_S = 15


class Agent:
    """An agent with a page open, and no browser: forms are sent as a browser would."""

    def __init__(self, session: ClientSession, token: str) -> None:
        self._session = session
        self._token = token

    @classmethod
    @asynccontextmanager
    async def signed_in(cls, house: House, login: str) -> AsyncIterator["Agent"]:
        url, jar = house.service.url, CookieJar(unsafe=True)  # it has an address, and no name
        async with ClientSession(url, headers={"Origin": url}, cookie_jar=jar) as session:
            form = {"login": login, "password": site.PASSWORD}
            async with session.get("/sign-in") as page:
                form["csrf_token"] = _token(await page.text())
            async with session.post("/sign-in", data=form) as page:
                yield cls(session, _token(await page.text()))

    async def post(self, path: str, **form: str) -> str:
        data = {"csrf_token": self._token, **form}
        async with self._session.post(path, data=data) as page:
            return await page.text()

    async def get(self, path: str) -> str:
        async with self._session.get(path) as page:
            return await page.text()


def _token(page: str) -> str:
    return page.partition('name="csrf_token" value="')[2].partition('"')[0]


@pytest_asyncio.fixture(loop_scope="module")
async def zoe(house: House) -> AsyncIterator[Agent]:
    async with Agent.signed_in(house, "zoe") as agent:
        yield agent


async def until(
    stream: AsyncIterator[Event], kind: str, holds: Callable[[Any], bool] = lambda _data: True
) -> Any:
    """The data of the stream's next event of this type of which that holds."""
    async with asyncio.timeout(WITHIN_S):
        async for event in stream:
            if event.type == kind and holds(event.data):
                return event.data
    raise AssertionError(kind)


async def result(stream: AsyncIterator[Event]) -> tuple[Any, list[str]]:
    """A call that we make as it ended, and the states that it went through."""
    states: list[str] = []
    while True:
        call = await until(stream, "outgoing_call.changed")
        states.append(call["state"])
        if call["state"] == "ended":
            return call, states


async def missed_call(house: House, stream: AsyncIterator[Event], number: str = CALLER) -> Any:
    """The to-do of a caller who gave up."""
    for telephone in ("101", "102"):
        house.rig.phone(telephone).rings()
    await (await house.rig.call(number, gives_up_after=1.2, to="0465711020")).over()
    return await until(stream, "callback.changed")


async def test_a_missed_call_is_called_back_and_closed(house: House, zoe: Agent) -> None:
    async with house.api.events() as stream, house.rig.watch() as ami:
        todo = await missed_call(house, stream)
        assert (todo["caller"]["e164"], todo["times"]) == ("+33639981177", 1)
        assert "06 39 98 11 77" in await zoe.get("/callbacks")

        house.rig.phone("101").answers(after=0.3)
        house.rig.customer.answers(after=0.5, talk=1)
        await zoe.post("/outgoing", callback=str(todo["id"]))
        taken = await until(stream, "callback.changed")
        assert (taken["taken_by"], taken["closed_at"]) == ("zoe", None)
        closed = await until(stream, "callback.changed", lambda data: data["closed_at"])
        assert closed["closed_because"] == "called_back"
        over, _ = await result(stream)
        assert (over["result"], over["number"], over["interface"]) == (
            "answered",
            "+33639981177",
            "PJSIP/101",
        )
        assert over["talk_s"] > 0.5
        agents_first(ami, over["id"])
    assert "0639981177" in house.rig.phone("101").shown()[-1]
    assert "+33465711020" in house.rig.customer.shown()[-1]
    page = await house.api.get("calls", limit="200")
    assert over["id"] not in {call["linkedid"] for call in page["calls"]}
    house.assert_nobody_complained()


def agents_first(ami: Ami, id_: str) -> None:
    """The customer's telephone was not called before the agent picked up.

    Measured on the channel: Asterisk tells its OriginateResponse from another
    thread, at times after the customer's telephone is called already.
    """
    told = [
        event["Event"]
        for event in ami.events("Newstate", "DialBegin")
        if event.get("Uniqueid") == id_ and event.get("ChannelStateDesc", "Up") == "Up"
    ]
    assert told == ["Newstate", "DialBegin"]


async def test_busy_and_not_picked_up_are_told(house: House, zoe: Agent) -> None:
    async with house.api.events() as stream:
        todo = await missed_call(house, stream, "0639981178")
        house.rig.phone("101").answers(after=0.2)
        house.rig.customer.refuses(after=0.2)
        await zoe.post("/outgoing", callback=str(todo["id"]))
        over, states = await result(stream)
        assert (over["result"], over["answered_at"]) == ("busy", None)
        assert states[:1] + states[-2:] == ["asked", "calling", "ended"]

        house.rig.phone("101").refuses(after=0.2)
        await zoe.post("/outgoing", callback=str(todo["id"]))
        over, _ = await result(stream)
        assert over["result"] == "agent_no_answer"

        # The agent waits for the customer, and changes their mind.
        house.rig.phone("101").answers(after=0.2)
        house.rig.customer.rings()
        await zoe.post("/outgoing", callback=str(todo["id"]))
        ours = await until(stream, "outgoing_call.changed", lambda data: data["state"] == "calling")
        await zoe.post(f"/outgoing/{ours['id']}/cancel")
        over, _ = await result(stream)
        assert over["result"] == "cancelled"
    page = await zoe.get("/callbacks")
    assert "06 39 98 11 78" in page  # nobody talked: it is still to be done
    house.assert_nobody_complained()


async def test_a_ticket_has_the_call_that_checked_it(house: House, zoe: Agent) -> None:
    async with house.api.events() as stream:
        house.rig.phone("101").answers(after=0.2)
        house.rig.phone("102").rings()
        await (await house.rig.call("0639981179", to="0465711020", hangup_after=1.2)).over()
        ticket = await until(stream, "ticket.created")
        house.rig.phone("101").answers(after=0.2)
        house.rig.customer.answers(after=0.2, talk=0.6)
        await zoe.post("/outgoing", ticket=ticket["number"], verify="1")
        noted = await until(
            stream, "ticket.updated", lambda data: data["number"] == ticket["number"]
        )
        assert [note["agent"] for note in noted["notes"]] == [None]
        over, _ = await result(stream)
        assert (over["ticket"], over["purpose"]) == (ticket["number"], "verify")
    page = await zoe.get(f"/tickets/{ticket['number']}")
    assert f'action="/tickets/{ticket["number"]}/verdict"' in page
    house.assert_nobody_complained()


async def test_a_service_that_dies_calls_at_most_once(
    house: House, zoe: Agent, folder: Path
) -> None:
    house.rig.phone("101").answers(after=0.2)
    house.rig.customer.answers(after=0.2, talk=0.5)
    async with house.rig.watch() as ami:
        await (
            await house.rig.call(
                "0639981180", to="0465711020", gives_up_after=None, hangup_after=0.5
            )
        ).over()
        call = (await house.api.get("calls", limit="1"))["calls"][0]
        asked = asyncio.create_task(zoe.post("/outgoing", call=call["id"]))
        await until_asked(folder)
        house.service.kill()
        await asyncio.gather(asked, return_exceptions=True)
        await house.service.start()
        await settled(folder)
        begun = [
            event
            for event in ami.events("Newchannel")
            if event["Uniqueid"] == event["Linkedid"] and event["Exten"] == "s"
        ]
    assert len(begun) <= 1


async def until_asked(folder: Path) -> None:
    await _until(folder, "SELECT 1 FROM outgoing_calls WHERE ended_at IS NULL")


async def settled(folder: Path) -> None:
    await _until(
        folder,
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM outgoing_calls WHERE ended_at IS NULL)",
    )


async def _until(folder: Path, query: str) -> None:
    for _ in range(WITHIN_S * 200):
        with sqlite3.connect(f"file:{folder / 'callcenter.db'}?mode=ro", uri=True) as database:
            if database.execute(query).fetchone():
                return
        await asyncio.sleep(0.005)
    raise AssertionError(query)
