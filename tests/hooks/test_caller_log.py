"""Zammad's caller log: told of each call once, at once or not at all, and of none that it does not
know."""

import json
from dataclasses import replace
from random import Random

import pytest

from callcenter.core.delivery import LIVE_SCHEDULE_S
from callcenter.db import deliveries, destinations, journal, trail
from callcenter.db.destinations import Destination, Kind, Wanted
from callcenter.db.engine import Database
from callcenter.db.entries import EntryError
from callcenter.db.telling import RINGS_FOR
from callcenter.hooks.postman import Postman
from callcenter.hooks.sender import Sender
from tests.calls.facts import second
from tests.desks.clock import Clock
from tests.hooks.zammad_log import TOKEN, CallerLog, caller_log
from tests.webhooks.destinations import BY, entry, ids
from webhooks import EventType, WebhookType, cti
from webhooks.examples import example

RINGING, ANSWERED = EventType.CALL_RINGING, EventType.CALL_ANSWERED
MISSED, ENDED = EventType.CALL_MISSED, EventType.CALL_ENDED
ENDPOINT = f"https://zammad.example.com/api/v1/cti/{TOKEN}"


def wanted(url: str = ENDPOINT, *, is_ours: bool = False) -> Wanted:
    return Wanted("Zammad", url, (), None, is_ours, Kind.ZAMMAD_CTI)


async def added(database: Database, what: Wanted | None = None) -> int:
    async with database.transaction() as connection:
        return await destinations.add(connection, what or wanted(), "", BY)


async def got(database: Database, key: int) -> Destination:
    async with database.reading() as connection:
        found = await destinations.get(connection, key)
    assert found is not None
    return found


async def say(database: Database, *kinds: EventType, call: str = "a call", at: float = 0) -> None:
    """Journal these moments of a call."""
    async with database.transaction() as connection:
        entries = []
        for kind in kinds:
            data = json.loads(example(WebhookType(kind.value)))["data"] | {"id": call}
            entries.append(entry(kind, call=call, data=json.dumps(data), at=at))
        await journal.append(connection, entries)


def postman(database: Database, sender: Sender, clock: Clock) -> Postman:
    return Postman(
        database=database,
        sender=sender,
        random=Random(1),
        new_id=ids(),
        shared_now=clock.shared,
        monotonic=clock.monotonic,
    )


async def tell(database: Database, log: CallerLog, key: int, at: float = 0) -> list[int | None]:
    """Tell what there is to tell, at that time; the status of each attempt."""
    clock = Clock()
    clock.advance((second(at) - clock.now).total_seconds())
    async with Sender.open() as sender:
        job = postman(database, sender, clock)
        await job.follow(key)
        for wait_s in (*LIVE_SCHEDULE_S, 60):
            clock.advance(wait_s * 2)
            while await job.tell_due(key):
                pass
    async with database.reading() as connection:
        last = await deliveries.last(connection, key, 99)
    return [attempt.status for one in reversed(last) for attempt in one.attempts]


async def test_a_call_rings_is_answered_and_ends_there(database: Database) -> None:
    async with caller_log() as log:
        key = await added(database, wanted(log.endpoint, is_ours=True))
        await say(database, RINGING, ANSWERED, ENDED)
        assert await tell(database, log, key) == [200, 200, 200]
    assert log.calls == {"a call": ["newCall", "answer", "hangup"]}
    assert not any(name.startswith("webhook-") for name in log.headers)  # nothing is signed


async def test_a_missed_call_ends_once(sqlite_database: Database) -> None:
    async with caller_log() as log:
        key = await added(sqlite_database, wanted(log.endpoint, is_ours=True))
        await say(sqlite_database, RINGING, MISSED, ENDED)
        assert await tell(sqlite_database, log, key) == [200, 200]
    assert log.calls == {"a call": ["newCall", "hangup"]}


async def test_a_call_that_rings_again_is_no_other(sqlite_database: Database) -> None:
    async with caller_log() as log:
        key = await added(sqlite_database, wanted(log.endpoint, is_ours=True))
        await say(sqlite_database, RINGING)
        await tell(sqlite_database, log, key)
        await say(sqlite_database, RINGING, RINGING, ANSWERED)
        assert await tell(sqlite_database, log, key) == [200, 200]
    assert log.calls == {"a call": ["newCall", "answer"]}


async def test_a_call_that_rang_before_it_was_told_is_left_out(sqlite_database: Database) -> None:
    await say(sqlite_database, RINGING)
    async with caller_log() as log:
        key = await added(sqlite_database, wanted(log.endpoint, is_ours=True))
        await say(sqlite_database, ANSWERED, ENDED)
        assert await tell(sqlite_database, log, key) == []


async def test_old_news_rings_nowhere_and_what_rang_ends_whenever(
    sqlite_database: Database,
) -> None:
    late = RINGS_FOR.total_seconds() + 1
    async with caller_log() as log:
        key = await added(sqlite_database, wanted(log.endpoint, is_ours=True))
        await say(sqlite_database, RINGING, call="in time")
        await tell(sqlite_database, log, key)
        await say(sqlite_database, ENDED, call="in time")
        await say(sqlite_database, RINGING, ENDED, call="too late")
        await tell(sqlite_database, log, key, at=late)
    assert log.calls == {"in time": ["newCall", "hangup"]}


async def test_what_is_not_accepted_is_soon_given_up(sqlite_database: Database) -> None:
    async with caller_log() as log:
        wrong = wanted(f"{log.url}/api/v1/cti/another", is_ours=True)
        key = await added(sqlite_database, wrong)
        await say(sqlite_database, RINGING)
        assert await tell(sqlite_database, log, key) == [401] * len(LIVE_SCHEDULE_S)
    async with sqlite_database.reading() as connection:
        assert await deliveries.counts(connection) == {key: deliveries.Counts(failed=1)}


async def test_a_test_is_a_call_that_rings_and_ends(sqlite_database: Database) -> None:
    async with caller_log() as log, Sender.open() as sender:
        key = await added(sqlite_database, wanted(log.endpoint, is_ours=True))
        await postman(sqlite_database, sender, Clock()).test(key)
    assert list(log.calls.values()) == [["newCall", "hangup"]]


async def test_its_token_is_kept_as_a_secret(database: Database) -> None:
    key = await added(database)
    found = await got(database, key)
    assert (found.kind, found.url) == (Kind.ZAMMAD_CTI, ENDPOINT.removesuffix(f"/{TOKEN}"))
    assert (found.secrets, found.types) == ((TOKEN,), tuple(cti.EVENTS))
    async with database.reading() as connection:
        page = await trail.page(connection, trail.TrailFilter(), after=None, limit=9)
    assert TOKEN not in repr(found) + str(page)


async def test_its_token_stays_until_another_is_written(database: Database) -> None:
    key = await added(database)
    before = await got(database, key)
    for url in (before.url, f"{before.url}/another-token"):
        async with database.transaction() as connection:
            found = await destinations.get(connection, key)
            assert found is not None
            assert found.secrets == (TOKEN,)
            version = destinations.version_of(found)
            what = replace(wanted(url), kind=Kind.STANDARD)  # it stays what it is
            await destinations.change(connection, key, what, version=version, by=BY)
    after = await got(database, key)
    assert replace(after, secrets=before.secrets) == before
    assert after.secrets == ("another-token",)
    async with database.reading() as connection:
        page = await trail.page(connection, trail.TrailFilter(), after=None, limit=9)
    assert [one.action for one in page.entries] == [
        trail.Action.WEBHOOK_SECRET_ADDED,
        trail.Action.WEBHOOK_ADDED,
    ]
    assert "another-token" not in str(page)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("https://zammad.example.com/", "endpoint"),
        ("https://zammad.example.com/api/v1/cti", "token"),
        ("https://zammad.example.com/api/v1/cti/", "token"),
        ("https://zammad.example.com/api/v1/cti/a/b", "token"),
        ("http://zammad.example.com/api/v1/cti/token", "scheme"),
        ("zammad.example.com", "form"),
    ],
)
async def test_what_is_no_endpoint_is_refused(
    sqlite_database: Database, url: str, reason: str
) -> None:
    with pytest.raises(EntryError) as refused:
        await added(sqlite_database, wanted(url))
    assert (refused.value.field, refused.value.reason) == ("url", reason)
