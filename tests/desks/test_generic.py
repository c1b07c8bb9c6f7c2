"""A desk over HTTP, on a real server: one ticket a call, and each error told as what it is."""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from callcenter.config.desks.remote import TIMEOUT_MAX_S
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    GoneError,
    NotSentError,
    RateLimitedError,
    RefusedError,
    RejectedError,
)
from callcenter.desks.generic import GenericDesk
from callcenter.desks.worker import DESK_TIMEOUT_S
from tests.calls.database import debts
from tests.calls.facts import second, started
from tests.desks.backend import Backend, Fault, served
from tests.desks.conftest import Office
from tests.desks.remote import HASTY_S, NEWER, OLDER, desk_at, real_now

DRAFT = Draft(
    key="0b0b8c0e-3c53-5d0e-9d39-e2a1f4f7c001",
    line="support",
    title="support: Élise Vannier - Ardoise & Fils",
    answered_at=second(4),
    caller="+33639981122",
    company_id=1,
    company="Ardoise & Fils",
    contact_id=2,
    contact="Élise Vannier",
    contract_id=3,
    contract="Gold",
    agent_id=4,
    agent="zoe",
    account_owner="nadia",
)

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def backend(tmp_path: Path) -> Backend:
    return Backend(tmp_path / "tickets.db", [OLDER])


@pytest.fixture
async def url(backend: Backend) -> AsyncIterator[str]:
    async with served(backend) as url:
        yield url


@pytest.fixture
async def desk(url: str) -> AsyncIterator[GenericDesk]:
    async with desk_at(url) as desk:
        yield desk


@asynccontextmanager
async def answering(**answer: Any) -> AsyncIterator[str]:
    """The address of a server that has but one answer."""

    async def handle(request: web.Request) -> web.Response:
        return web.Response(**answer)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/tickets"
    finally:
        await runner.cleanup()


async def test_a_ticket_is_wanted_with_all_that_is_known(
    desk: GenericDesk, backend: Backend, url: str
) -> None:
    ref = await desk.create(DRAFT)
    assert (ref.number, ref.url) == ("B0001", url.replace("/tickets", "/read/B0001"))
    assert backend.wanted(DRAFT.key) == {
        "version": 1,
        "id": DRAFT.key,
        "line": "support",
        "title": "support: Élise Vannier - Ardoise & Fils",
        "answered_at": "2026-11-23T09:00:04.000+00:00",
        "caller": "+33639981122",
        "company": "Ardoise & Fils",
        "contact": "Élise Vannier",
        "contract": "Gold",
        "agent": "zoe",
        "account_owner": "nadia",
        "source": "phone",
        "text": None,
    }


async def test_a_backend_that_has_only_one_of_our_secrets_lets_us_in(
    url: str, backend: Backend
) -> None:
    for theirs in (OLDER, NEWER):
        backend.secrets = [theirs]
        async with desk_at(url, secrets=[NEWER, OLDER]) as desk:
            assert await desk.find(DRAFT.key) is None
    async with desk_at(url) as desk:
        with pytest.raises(DeniedError, match="the desk answered 401: No matching signature"):
            await desk.find(DRAFT.key)


async def test_one_that_has_the_ticket_already_gives_it(
    desk: GenericDesk, backend: Backend
) -> None:
    first = await desk.create(DRAFT)
    assert await desk.create(DRAFT) == first  # it answered 409
    assert len(backend.tickets()) == 1


async def test_where_a_ticket_is_read_may_be_configured(url: str, backend: Backend) -> None:
    backend.gives_url = False
    async with desk_at(url, ticket_url="https://desk.test/{number}?tab=1") as desk:
        assert (await desk.create(DRAFT)).url == "https://desk.test/B0001?tab=1"
    async with desk_at(url) as desk:
        with pytest.raises(DeskError, match="has ticket B0001, but not where") as caught:
            await desk.create(DRAFT)
    assert not isinstance(caught.value, RefusedError)


@pytest.mark.parametrize("stores", [True, False], ids=["stored", "not stored"])
@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 504},
        {"kind": "status", "status": 302, "headers": {"Location": "/control/tickets"}},
        {"kind": "silent"},
        {"kind": "slow", "after_s": 2 * HASTY_S},
        {"kind": "drop"},
        {"kind": "half"},
        {"kind": "huge"},
        {"kind": "nonsense"},
    ],
    ids=lambda fault: "-".join(str(value) for value in list(fault.values())[:2]),
)
@one_engine
async def test_whatever_is_left_in_doubt_ends_with_one_ticket(
    office: Office, url: str, backend: Backend, fault: dict[str, Any], stores: bool
) -> None:
    await office.answer(1)
    backend.forgets_keys = True
    backend.fail(Fault(**fault, stores=stores, times=2))
    async with desk_at(url, timeout_s=HASTY_S) as desk:
        await pay_all(office, desk)
    assert [key for key, _ in backend.tickets()] == [started(1).id]
    (debt,) = await debts(office.database)
    assert (debt.state, debt.ticket_number) == ("ticketed", "B0001")


@pytest.mark.parametrize("status", [429, 503])
@one_engine
async def test_a_desk_that_wants_time_gets_it_and_one_ticket(
    office: Office, url: str, backend: Backend, status: int
) -> None:
    await office.answer(1, 2)
    backend.forgets_keys = True
    backend.fail(Fault(kind="status", status=status, headers={"Retry-After": "7"}, times=3))
    async with desk_at(url) as desk:
        await pay_all(office, desk)
    assert len({key for key, _ in backend.tickets()}) == len(backend.tickets()) == 2


@one_engine
async def test_a_desk_that_was_away_gets_each_ticket_once(office: Office, tmp_path: Path) -> None:
    """It is stopped, and comes back at the same address with what it had."""
    await office.answer(1, 2)
    async with served(Backend(tmp_path / "tickets.db", [OLDER], forgets_keys=True)) as url:
        port = int(url.split(":")[2].split("/")[0])
        async with desk_at(url) as desk:
            await office.worker(desk).pay_due("builtin")
    await office.answer(3)
    async with desk_at(url) as desk:
        await office.worker(desk).pay_due("builtin")
        back = Backend(tmp_path / "tickets.db", [OLDER], forgets_keys=True)
        async with served(back, port=port):
            await pay_all(office, desk)
            assert [key for key, _ in back.tickets()] == [started(n).id for n in (1, 2, 3)]


async def pay_all(office: Office, desk: GenericDesk) -> None:
    """Pay until nothing is open, letting time pass."""
    worker = office.worker(desk)
    for _ in range(20):
        await worker.pay_due("builtin")
        if {debt.state for debt in await debts(office.database)} == {"ticketed"}:
            return
        office.clock.advance(300)
    raise AssertionError(await debts(office.database))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, RejectedError),
        (401, DeniedError),
        (403, DeniedError),
        (404, GoneError),
        (408, DeskError),
        (409, RejectedError),
        (410, GoneError),
        (413, RejectedError),
        (422, RejectedError),
        (429, RateLimitedError),
        (500, DeskError),
        (502, DeskError),
        (503, DeskError),
        (504, DeskError),
    ],
)
async def test_each_answer_is_told_as_what_it_is(
    desk: GenericDesk, backend: Backend, status: int, error: type[DeskError]
) -> None:
    backend.fail(Fault(kind="status", status=status))
    with pytest.raises(DeskError, match=f"the desk answered {status}: broken as") as caught:
        await desk.create(DRAFT)
    assert type(caught.value) is error
    assert backend.requests == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("text", "after_s"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("9" * 4000, float("inf")),
        ("Mon, 23 Nov 2026 09:00:30 GMT", 20.0),
        ("Mon, 23 Nov 2026 08:00:00 GMT", 0.0),
        ("Mon, 23 Nov 2026 09:00:31 -0000", 21.0),
        ("-5", None),
        ("soon", None),
        ("²", None),
    ],
)
async def test_the_desk_says_when_to_come_again(
    status: int, text: str, after_s: float | None
) -> None:
    busy = answering(status=status, headers={"Retry-After": text})
    async with busy as url, desk_at(url, now=lambda: second(10)) as desk:
        with pytest.raises(RateLimitedError) as caught:
            await desk.create(DRAFT)
    assert caught.value.after_s == after_s


async def test_a_search_knows_none_from_nobody_knows(desk: GenericDesk, backend: Backend) -> None:
    assert await desk.find(DRAFT.key) is None
    for status in (500, 503, 204):
        backend.fail(Fault(kind="status", status=status))
        with pytest.raises(DeskError):
            await desk.find(DRAFT.key)
    backend.fail(Fault(kind="status", status=301, headers={"Location": "/control/tickets"}))
    with pytest.raises(DeskError, match="redirects are not followed"):
        await desk.find(DRAFT.key)
    backend.fail(Fault(kind="status", status=410))
    assert await desk.find(DRAFT.key) is None


@pytest.mark.parametrize("body", ["<h1>Not Found</h1>", '{"detail": "Not Found"}', ""])
async def test_a_404_of_a_wrong_address_is_no_answer_about_a_ticket(body: str) -> None:
    async with answering(status=404, text=body) as url, desk_at(url) as desk:
        for ask in (desk.check, partial(desk.find, DRAFT.key), partial(desk.held, [DRAFT.key])):
            with pytest.raises(DeskError, match="is url its address") as caught:
                await ask()
            assert not isinstance(caught.value, RefusedError)


async def test_many_keys_are_asked_for_one_by_one(desk: GenericDesk, backend: Backend) -> None:
    keys = [f"key-{number}" for number in range(10)]
    refs = {key: await desk.create(replace(DRAFT, key=key)) for key in keys[::2]}
    assert await desk.held(keys) == {key: [ref] for key, ref in refs.items()}
    assert await desk.held([]) == {}
    backend.fail(Fault(kind="status", status=500, times=1))
    with pytest.raises(DeskError, match="answered 500"):
        await desk.held(keys)


async def test_a_desk_that_cannot_be_searched_is_never_asked_by_itself(
    url: str, backend: Backend
) -> None:
    async with desk_at(url, searchable=False) as desk:
        with pytest.raises(RefusedError, match=f"look there for the id {DRAFT.key}"):
            await desk.find(DRAFT.key)
        with pytest.raises(RefusedError, match="is not known: it is not searchable"):
            await desk.held([DRAFT.key])
    assert backend.requests == 0


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        (
            '{"error": "no such\\n\\u0007 customer", "number": 7}',
            "application/json",
            "no such customer",
        ),
        ("Kein\tGuthaben \x00 mehr", "text/plain", "Kein Guthaben mehr"),
        ("x" * 1000, "text/plain", "x" * 297 + "..."),
        ("<h1>Error</h1>", "text/html", None),
        ("[" * 60_000, "application/json", None),
        ('{"error": 3}', "application/json", None),
    ],
)
async def test_the_words_of_a_desk_are_short_and_plain(
    body: str, content_type: str, said: str | None
) -> None:
    refusing = answering(status=422, text=body, content_type=content_type)
    async with refusing as url, desk_at(url) as desk:
        with pytest.raises(RejectedError) as caught:
            await desk.create(DRAFT)
    assert str(caught.value) == "the desk answered 422" + (f": {said}" if said else "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "Invalid JSON"),
        ("null", "should be an object"),
        ("[" * 60_000, "Invalid JSON"),
        ("{}", "number: Field required"),
        ('{"number": 7}', "number: Input should be a valid string"),
        ('{"number": ""}', "number: String should have at least 1"),
        ('{"number": "1\\n2"}', "number: must be one line"),
        ('{"number": "1", "url": "javascript:alert(1)"}', "url: must begin with https://"),
        (f'{{"number": "{"1" * 65}"}}', "number: String should have at most 64"),
    ],
)
async def test_an_answer_that_is_none_leaves_it_in_doubt(body: str, said: str) -> None:
    async with answering(status=201, text=body) as url, desk_at(url) as desk:
        with pytest.raises(DeskError, match="no ticket as agreed") as caught:
            await desk.create(DRAFT)
    assert type(caught.value) is DeskError
    assert said in str(caught.value)


async def test_a_desk_that_is_not_there_has_heard_nothing(unused_tcp_port: int) -> None:
    async with desk_at(f"http://127.0.0.1:{unused_tcp_port}/tickets") as desk:
        with pytest.raises(NotSentError, match="was not reached"):
            await desk.create(DRAFT)


async def test_a_desk_that_does_not_get_to_tls_has_heard_nothing() -> None:
    gone = asyncio.Event()

    async def mute(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await gone.wait()
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, desk_at(f"https://127.0.0.1:{port}/tickets", timeout_s=HASTY_S) as desk:
        with pytest.raises(NotSentError):
            await desk.create(DRAFT)
        gone.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 0.1)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate of the loopback address signed by itself, with its key in the same file."""
    key, pem = tmp_path / "desk.key", tmp_path / "desk.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec"),
            *("-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-subj", "/CN=desk.example", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(key), "-out", str(pem)),
        ],
        check=True,
        capture_output=True,
    )
    pem.write_text(key.read_text() + pem.read_text())
    return pem


async def test_a_certificate_is_verified_and_may_be_ones_own(
    tmp_path: Path, backend: Backend, certificate: Path
) -> None:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate)
    async with served(backend, tls=tls) as url:
        async with desk_at(url) as desk:
            with pytest.raises(NotSentError, match="CERTIFICATE_VERIFY_FAILED"):
                await desk.create(DRAFT)
        assert backend.requests == 0
        async with desk_at(url, ca_file=certificate) as desk:
            assert (await desk.create(DRAFT)).number == "B0001"


async def test_a_clock_that_is_wrong_is_waited_for(url: str) -> None:
    async with desk_at(url, now=lambda: real_now() - timedelta(hours=1)) as desk:
        with pytest.raises(RateLimitedError, match=r"too old \(its clock and ours .* set them"):
            await desk.create(DRAFT)


async def test_a_check_asks_for_what_never_was(
    url: str, desk: GenericDesk, backend: Backend
) -> None:
    assert (
        await desk.check() == "accepted our signature, and has no ticket for a call that never was"
    )
    backend.fail(Fault(kind="status", status=500))
    with pytest.raises(DeskError, match="answered 500"):
        await desk.check()
    async with desk_at(url, secrets=[NEWER]) as wrong:
        with pytest.raises(DeniedError):
            await wrong.check()
    async with answering(text='{"number": "1"}') as other, desk_at(other) as all_:
        with pytest.raises(DeskError, match="let it answer 404 where it has none"):
            await all_.check()
    refusing = answering(status=405)
    async with refusing as other, desk_at(other, searchable=False) as mute:
        assert await mute.check() == "reached, answered 405; it is not searchable"


def test_both_requests_end_before_the_job_gives_up() -> None:
    assert 2 * TIMEOUT_MAX_S < DESK_TIMEOUT_S
