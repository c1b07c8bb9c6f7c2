"""What every desk does, whatever is behind it: a new one is added to ``TRIALS``."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from callcenter.core.hook import ForgedError, HookError
from callcenter.desks.desk import (
    DeniedError,
    DeskError,
    Draft,
    GoneError,
    Hears,
    KnowsContacts,
    NotSentError,
    RateLimitedError,
    Reads,
    Recognises,
    RefusedError,
    RejectedError,
    TicketState,
    Writes,
)
from tests.desks.faults import Fault
from tests.desks.remote import PATIENT_S
from tests.desks.test_builtin import DRAFT
from tests.desks.trial import Can, Kind, Remote, Trial
from tests.desks.trials import TRIALS

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOWHERE = "http://127.0.0.1:1"
DAY = timedelta(days=1)
SILENCE_S = 1.0


def needs(*abilities: Can, lacks: Can | None = None) -> pytest.MarkDecorator:
    """For the kinds of desk that can all of this, and not ``lacks``."""
    kinds = [kind for kind in TRIALS if kind.can >= set(abilities) and lacks not in kind.can]
    return pytest.mark.parametrize("trial", kinds, ids=str, indirect=True)


@pytest.fixture
def remote(trial: Trial) -> Iterator[Remote]:
    """What is behind the desk; afterwards it fails no more."""
    assert trial.remote
    yield trial.remote
    trial.remote.faults.fail(None)


def draft(**known: str) -> Draft:
    """Of a call of its own, of whom nothing else is known."""
    return replace(DRAFT, key=str(uuid4()), **known)


@needs()
async def test_it_is_as_it_must_be(trial: Trial) -> None:
    assert await trial.desk.check()


@needs(Can.SEARCH)
async def test_a_key_that_it_never_heard_of_has_no_ticket(trial: Trial) -> None:
    await trial.desk.create(draft())
    assert await trial.desk.find(str(uuid4())) is None
    assert await trial.desk.held([str(uuid4())]) == {}


@needs(lacks=Can.SEARCH)
async def test_one_that_cannot_be_searched_says_what_somebody_has_to_do(trial: Trial) -> None:
    key = str(uuid4())
    with pytest.raises(RejectedError, match=key):
        await trial.desk.find(key)


@needs()
async def test_a_ticket_is_found_by_its_key(trial: Trial) -> None:
    wanted = draft()
    ref = await trial.desk.create(wanted)
    assert ref.number
    assert ref.url.startswith("http")
    if trial.desk.searchable:
        assert await trial.desk.find(wanted.key) == ref


@needs()
async def test_each_key_has_a_ticket_of_its_own(trial: Trial) -> None:
    wanted = [draft() for _ in range(3)]
    refs = [await trial.desk.create(one) for one in wanted]
    assert len({ref.number for ref in refs}) == len({ref.url for ref in refs}) == 3
    if trial.desk.searchable:
        held = {one.key: [ref] for one, ref in zip(wanted, refs, strict=True)}
        assert await trial.desk.held([*held, str(uuid4())]) == held


@needs(Can.REMOTE)
async def test_a_ticket_of_alerts_is_made_without_a_caller_or_an_agent(trial: Trial) -> None:
    nobody = {"caller": None, "contact_id": None, "agent_id": None, "agent": None}
    wanted = replace(draft(), **nobody, text="Disk C: 95 % full\nhttps://rmm.example.com/1")
    ref = await trial.desk.create(wanted)
    if trial.desk.searchable:
        assert await trial.desk.find(wanted.key) == ref


@needs(Can.UNIQUE, Can.SEARCH)
async def test_the_same_wanted_again_is_the_same_ticket(trial: Trial) -> None:
    wanted, desk = draft(), trial.desk
    assert await desk.create(wanted) == await desk.create(wanted) == await desk.find(wanted.key)


@needs(Can.UNIQUE, lacks=Can.SEARCH)
async def test_the_same_wanted_again_is_the_same_ticket_of_one_that_cannot_be_searched(
    trial: Trial,
) -> None:
    wanted = draft()
    assert await trial.desk.create(wanted) == await trial.desk.create(wanted)


@needs(Can.UNIQUE, Can.SEARCH)
async def test_two_who_want_it_at_once_get_the_same_ticket(trial: Trial) -> None:
    wanted, desk = draft(), trial.desk
    refs = await asyncio.gather(*(desk.create(wanted) for _ in range(8)))
    assert len(set(refs)) == 1
    assert await desk.held([wanted.key]) == {wanted.key: [refs[0]]}


@needs(Can.SEARCH, lacks=Can.UNIQUE)
async def test_two_tickets_of_one_key_are_both_told(trial: Trial) -> None:
    wanted = draft()
    refs = [await trial.desk.create(wanted), await trial.desk.create(wanted)]
    assert await trial.desk.held([wanted.key]) == {wanted.key: refs}
    assert await trial.desk.find(wanted.key) == refs[0]


@needs()
async def test_any_name_may_be_in_it(trial: Trial) -> None:
    for text in trial.texts:
        names = dict.fromkeys(("caller", "company", "contact", "contract", "account_owner"), text)
        wanted = draft(title=text, **names)
        ref = await trial.desk.create(wanted)
        if trial.desk.searchable:
            assert await trial.desk.find(wanted.key) == ref


@needs()
async def test_it_says_what_it_can(trial: Trial, request: pytest.FixtureRequest) -> None:
    abilities = {
        Can.SEARCH: trial.desk.searchable,
        Can.RECOGNISE: isinstance(trial.desk, Recognises) and trial.desk.recognises,
        Can.READ: isinstance(trial.desk, Reads),
        Can.WRITE: isinstance(trial.desk, Writes),
        Can.HEAR: isinstance(trial.desk, Hears),
        Can.CONTACTS: isinstance(trial.desk, KnowsContacts),
    }
    kind: Kind = request.node.callspec.params["trial"]
    assert {ability for ability, has in abilities.items() if has} == kind.can & abilities.keys()
    assert trial.desk.name == "builtin"
    assert trial.desk.settles_s >= 0


# -- what goes wrong on the way -----------------------------------------------------------------


@needs(Can.REMOTE)
@pytest.mark.parametrize(
    ("kind", "stores"),
    [
        *((kind, False) for kind in ("status", "silent", "drop", "huge", "nonsense")),
        *((kind, True) for kind in ("status", "silent", "drop", "half", "huge", "nonsense")),
    ],
)
async def test_what_became_of_a_ticket_is_not_known(
    trial: Trial, remote: Remote, kind: str, stores: bool
) -> None:
    """Then the key tells it: the request was stored, or it was not."""
    wanted = draft()
    # Half of it is to connect in: a busy machine needs a while for that, too.
    async with remote.opens(timeout_s=SILENCE_S if kind == "silent" else PATIENT_S) as desk:
        remote.faults.fail(Fault(kind=kind, stores=stores, times=1, methods=("POST",)))
        with pytest.raises(DeskError) as caught:
            await desk.create(wanted)
    assert not isinstance(caught.value, RefusedError | NotSentError | RateLimitedError)
    await remote.faults.done()
    made = list(await remote.tickets(wanted.key))
    assert len(made) == int(stores)
    if trial.desk.searchable:
        found = await trial.desk.find(wanted.key)
        assert ([found.number] if found else []) == made


@needs(Can.REMOTE)
async def test_one_that_does_not_run_was_sent_nothing(trial: Trial, remote: Remote) -> None:
    async with remote.opens(url=NOWHERE) as desk:
        with pytest.raises(NotSentError):
            await desk.create(draft())


@needs(Can.REMOTE)
async def test_one_that_is_asked_too_much_says_when_to_come_again(
    trial: Trial, remote: Remote
) -> None:
    wanted = draft()
    remote.faults.fail(Fault(kind="status", status=429, headers={"Retry-After": "7"}))
    with pytest.raises(RateLimitedError) as caught:
        await trial.desk.create(wanted)
    assert caught.value.after_s == 7
    assert list(await remote.tickets(wanted.key)) == []


@needs(Can.REMOTE)
async def test_a_wrong_key_is_denied(trial: Trial, remote: Remote) -> None:
    async with remote.opens(**remote.denied) as desk:
        with pytest.raises(DeniedError):
            await desk.check()
        with pytest.raises(DeniedError):
            await desk.create(draft())


@needs(Can.REMOTE, Can.SEARCH)
async def test_a_search_that_fails_does_not_say_that_there_is_no_ticket(
    trial: Trial, remote: Remote
) -> None:
    wanted = draft()
    await trial.desk.create(wanted)
    for fault in (
        Fault(kind="status", status=500),
        Fault(kind="status", status=502),
        Fault(kind="nonsense"),
        Fault(kind="drop"),
    ):
        remote.faults.fail(fault)
        with pytest.raises(DeskError):
            await trial.desk.find(wanted.key)
        with pytest.raises(DeskError):
            await trial.desk.held([wanted.key])


# -- what became of a ticket --------------------------------------------------------------------


@needs(Can.READ)
async def test_a_new_ticket_is_open_and_carries_its_key(trial: Trial) -> None:
    desk, wanted = reads(trial), draft()
    ref = await trial.desk.create(wanted)
    ticket = await desk.get(ref.number)
    assert ticket is not None
    assert (ticket.ref, ticket.state) == (ref, TicketState.OPEN)
    assert ticket.key == wanted.key
    assert ticket.title == wanted.title


@needs(Can.READ, Can.REMOTE)
async def test_a_ticket_is_closed_and_opened_by_somebody_there(
    trial: Trial, remote: Remote
) -> None:
    desk = reads(trial)
    ref = await trial.desk.create(draft())
    assert remote.close and remote.reopen
    await remote.close(ref.number)
    assert await state(desk, ref.number) is TicketState.CLOSED
    await remote.reopen(ref.number)
    assert await state(desk, ref.number) is TicketState.OPEN


@needs(Can.READ, Can.REMOTE)
async def test_a_ticket_that_is_not_there_is_gone(trial: Trial, remote: Remote) -> None:
    desk = reads(trial)
    await trial.desk.create(draft())  # one that has none at all may be hiding them
    assert await desk.get(trial.unknown) is None


@needs(Can.READ, Can.DELETE)
async def test_a_ticket_that_somebody_deleted_is_gone(trial: Trial, remote: Remote) -> None:
    desk, wanted = reads(trial), draft()
    ref, _ = await trial.desk.create(wanted), await trial.desk.create(draft())
    assert remote.delete
    await remote.delete(ref.number)
    assert await desk.get(ref.number) is None
    if trial.desk.searchable:
        assert await trial.desk.held([wanted.key]) == {}


@needs(Can.READ, Can.REMOTE)
async def test_one_that_fails_does_not_say_that_a_ticket_is_gone(
    trial: Trial, remote: Remote
) -> None:
    ref = await trial.desk.create(draft())
    async with remote.opens(url=NOWHERE) as away, remote.opens(**remote.denied) as denied:
        for other in (away, denied):
            assert isinstance(other, Reads)
            with pytest.raises(DeskError):
                await other.get(ref.number)


@needs(Can.READ, Can.REMOTE)
async def test_what_changed_is_told_in_the_order_of_its_times(trial: Trial, remote: Remote) -> None:
    desk = reads(trial)
    refs = [await trial.desk.create(draft()) for _ in range(3)]
    assert remote.close
    await remote.close(refs[1].number)
    found = await desk.changed(datetime.now(UTC) - DAY)
    assert {ref.number for ref in refs} <= {one.number for one in found}
    assert [one.at for one in found] == sorted(one.at for one in found)
    last = {one.number: one.at for one in found}[refs[1].number]
    assert refs[1].number in {one.number for one in await desk.changed(last)}
    assert await desk.changed(last + DAY) == []


# -- what is written into it ----------------------------------------------------------------------


@needs(Can.WRITE)
async def test_a_note_is_found_by_its_marker(trial: Trial) -> None:
    desk = writes(trial)
    ref = await trial.desk.create(draft())
    for text in trial.texts:
        marker = f"[ref:{uuid4()}]"
        assert not await desk.has_note(ref.number, marker)
        await desk.note(ref.number, text, marker)
        assert await desk.has_note(ref.number, marker)
    assert not await desk.has_note(ref.number, f"[ref:{uuid4()}]")


@needs(Can.WRITE)
async def test_a_ticket_is_titled_and_closed_once_and_again(trial: Trial) -> None:
    desk = writes(trial)
    ref = await trial.desk.create(draft())
    for _ in range(2):
        await desk.update(
            ref.number,
            title="Printer prints blank pages",
            state=TicketState.CLOSED,
            resolution="New drum",
        )
        if isinstance(desk, Reads):
            ticket = await desk.get(ref.number)
            assert ticket is not None
            assert ticket.state is TicketState.CLOSED
            assert ticket.title == "Printer prints blank pages"


@needs(Can.WRITE)
async def test_a_ticket_waits_and_goes_on(trial: Trial) -> None:
    desk, ticket = writes(trial), reads(trial)
    ref = await trial.desk.create(draft())
    for wanted in (TicketState.PENDING, TicketState.PENDING, TicketState.OPEN):
        await desk.update(ref.number, state=wanted)
        assert await state(ticket, ref.number) is wanted


@needs(Can.WRITE)
async def test_a_ticket_says_how_urgent_it_is_and_what_it_is_about(
    trial: Trial, remote: Remote
) -> None:
    desk = writes(trial)
    ref = await trial.desk.create(draft())
    assert remote.filed
    for _ in range(2):
        await desk.update(
            ref.number,
            priority=desk.filing.priority("high"),
            category=desk.filing.category(("Hardware", "Printer")),
        )
        assert await remote.filed(ref.number) == trial.filed


@needs(Can.WRITE)
async def test_nothing_is_written_into_a_ticket_that_is_gone(trial: Trial) -> None:
    desk = writes(trial)
    await trial.desk.create(draft())
    with pytest.raises(GoneError):
        await desk.note(trial.unknown, "Hello", f"[ref:{uuid4()}]")
    with pytest.raises(GoneError):
        await desk.update(trial.unknown, state=TicketState.CLOSED)


# -- webhooks --------------------------------------------------------------------------------------


@needs(Can.HEAR)
async def test_a_webhook_says_which_ticket_changed(trial: Trial, remote: Remote) -> None:
    desk = hears(trial)
    assert desk.hears
    assert remote.webhook
    ref = await trial.desk.create(draft())
    headers, body = await remote.webhook(ref.number)
    (event,) = desk.parse_webhook(headers, body)
    assert event.number == ref.number
    assert 0 < len(event.delivery_id) <= 64
    assert list(desk.parse_webhook(headers, body)) == [event]
    (another,) = desk.parse_webhook(*await remote.webhook(ref.number))
    assert another.delivery_id != event.delivery_id


@needs(Can.HEAR)
async def test_a_webhook_that_nobody_signed_changes_nothing(trial: Trial, remote: Remote) -> None:
    desk = hears(trial)
    assert remote.webhook
    ref = await trial.desk.create(draft())
    headers, body = await remote.webhook(ref.number)
    with pytest.raises(ForgedError):
        desk.parse_webhook({}, body)
    for forged in (dict.fromkeys(headers, "x"), dict.fromkeys(headers, "é\0")):
        with pytest.raises(HookError):
            desk.parse_webhook(forged, body)
    for rubbish in (body[: len(body) // 2], b"", b"{}", b"[]", b"null", b"\xff\xfe", b"{" * 9999):
        with pytest.raises(HookError):
            desk.parse_webhook(headers, rubbish)


# -- contacts --------------------------------------------------------------------------------------


@needs(Can.CONTACTS)
async def test_a_number_of_nobody_has_no_contact(trial: Trial) -> None:
    assert isinstance(trial.desk, KnowsContacts)
    assert list(await trial.desk.find_contact("+33639980000")) == []


def reads(trial: Trial) -> Reads:
    assert isinstance(trial.desk, Reads)
    return trial.desk


def writes(trial: Trial) -> Writes:
    assert isinstance(trial.desk, Writes)
    return trial.desk


def hears(trial: Trial) -> Hears:
    assert isinstance(trial.desk, Hears)
    return trial.desk


async def state(desk: Reads, number: str) -> TicketState:
    ticket = await desk.get(number)
    assert ticket is not None
    return ticket.state
