"""Who is told by webhook, on both databases."""

from random import Random

import pytest
from sqlalchemy import select

from callcenter.core.delivery import Answer, Why
from callcenter.db import deliveries, destinations, forgetting, trail
from callcenter.db.destinations import Wanted
from callcenter.db.engine import Database
from callcenter.db.entries import EntryError, GoneError
from callcenter.db.schema import webhook_destinations
from callcenter.db.versions import StaleError
from tests.calls.facts import second
from tests.webhooks.destinations import BY, added, failing, wanted
from webhooks import WebhookType
from webhooks.signature import key_of


async def test_a_destination_is_kept_as_it_was_written_and_has_a_secret(database: Database) -> None:
    what = wanted(types=(WebhookType.CALL_MISSED,), lines=("support",))
    async with database.transaction() as connection:
        secret = destinations.new_secret()
        key = await destinations.add(connection, what, secret, BY)
        found = await destinations.get(connection, key)
        page = await trail.page(connection, trail.TrailFilter(), after=None, limit=9)
    assert found is not None
    assert (found.name, found.url, found.types, found.lines) == (
        what.name,
        what.url,
        what.types,
        what.lines,
    )
    assert found.secrets == (secret,)
    assert len(key_of(secret)) == destinations.SECRET_BYTES
    assert not found.may_be_private
    assert [one.action for one in page.entries] == [trail.Action.WEBHOOK_ADDED]
    assert secret not in repr(found)
    assert secret not in str(page)


@pytest.mark.parametrize(
    ("what", "field", "reason"),
    [
        (wanted(name=""), "name", "missing"),
        (wanted(url=""), "url", "missing"),
        (wanted(url="hooks.example"), "url", "form"),
        (wanted(url="https://hooks.example:x/"), "url", "form"),
        (wanted(url="https://zoe:secret@hooks.example/"), "url", "form"),
        (wanted(url="https://hooks.example/#there"), "url", "form"),
        (wanted(url="http://hooks.example/"), "url", "scheme"),
        (wanted(url="ftp://hooks.example/", is_ours=True), "url", "scheme"),
        (wanted(types=()), "types", "missing"),
        (wanted(name="Taken"), "name", "taken"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    sqlite_database: Database, what: Wanted, field: str, reason: str
) -> None:
    async with sqlite_database.transaction() as connection:
        await added(connection, wanted(name="Taken"))
        with pytest.raises(EntryError) as refused:
            await destinations.add(connection, what, destinations.new_secret(), BY)
    assert (refused.value.field, refused.value.reason) == (field, reason)


async def test_a_private_address_is_allowed_by_the_name_of_the_host(database: Database) -> None:
    ours = wanted(url="http://pbx.lan:8080/calls", is_ours=True)
    async with database.transaction() as connection:
        key = await added(connection, ours)
        before = await destinations.get(connection, key)
        assert before is not None
        assert (before.allowed_host, before.may_be_private) == ("pbx.lan", True)
        elsewhere = wanted(url="https://hooks.example/")
        version = destinations.version_of(before)
        await destinations.change(connection, key, elsewhere, version=version, by=BY)
        after = await destinations.get(connection, key)
        with pytest.raises(StaleError):
            await destinations.change(connection, key, ours, version=version, by=BY)
    assert after is not None
    assert not after.may_be_private


async def test_a_secret_is_rotated_with_the_old_one_valid_beside_it(database: Database) -> None:
    async with database.transaction() as connection:
        first, second = destinations.new_secret(), destinations.new_secret()
        key = await destinations.add(connection, wanted(), first, BY)
        await destinations.rotate(connection, key, second, BY)
        await destinations.rotate(connection, key, second, BY)
        with pytest.raises(EntryError):
            await destinations.rotate(connection, key, "whsec_short", BY)
        both = await destinations.get(connection, key)
        await destinations.end_rotation(connection, key, BY)
        await destinations.end_rotation(connection, key, BY)
        one = await destinations.get(connection, key)
        page = await trail.page(connection, trail.TrailFilter(), after=None, limit=9)
    assert both is not None
    assert one is not None
    assert both.secrets == (second, first)
    assert one.secrets == (second,)
    assert [entry.action for entry in page.entries[:2]] == [
        trail.Action.WEBHOOK_SECRET_REMOVED,
        trail.Action.WEBHOOK_SECRET_ADDED,
    ]


async def test_it_is_switched_off_once_and_on_again(database: Database) -> None:
    async with database.transaction() as connection:
        key = await added(connection)
        assert await destinations.enabled(connection) == {key}
        assert await destinations.switch_off(connection, key, Why.GONE, BY)
        assert not await destinations.switch_off(connection, key, Why.ADMIN, BY)
        off = await destinations.get(connection, key)
        assert await destinations.enabled(connection) == set()
        await destinations.switch_on(connection, key, BY)
        assert await destinations.enabled(connection) == {key}
    assert off is not None
    assert (off.disabled_at, off.disabled_because) == (BY.now, Why.GONE)


async def test_what_is_removed_while_it_is_told_leaves_nothing_behind(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await failing(database)
    async with database.transaction() as connection:
        (sent,) = await deliveries.claim(
            connection, key, holder="one", now=second(61), until=second(121), limit=1
        )
        found = await destinations.get(connection, key)
        assert found is not None
        version = destinations.version_of(found)
        with pytest.raises(StaleError):
            await forgetting.remove(connection, key, version="old", by=BY)
        await forgetting.remove(connection, key, version=version, by=BY)
        with pytest.raises(GoneError):
            await forgetting.remove(connection, key, version=version, by=BY)
        assert await destinations.every(connection) == []
        with pytest.raises(GoneError):
            await destinations.switch_on(connection, key, BY)
        row = (await connection.execute(select(webhook_destinations))).one()
        assert (row.secrets, row.url) == ("[]", "")
        await added(connection)  # another one of the same name
    monkeypatch.setattr(forgetting, "TOGETHER", 2)
    assert await forgetting.erase(database) == 2
    assert await forgetting.erase(database) == 0
    async with database.transaction() as connection:
        verdict = await deliveries.settle(
            connection,
            sent,
            Answer(200),
            holder="one",
            at=second(62),
            duration_ms=7,
            random=Random(1),
        )
        assert (verdict, await deliveries.counts(connection)) == (None, {})
        assert len(await destinations.every(connection)) == 1


async def test_the_next_one_is_not_taken_for_what_was_removed(sqlite_database: Database) -> None:
    keys = []
    for message in ("msg_old", "msg_new"):
        async with sqlite_database.transaction() as connection:
            key = await added(connection)
            one = await deliveries.add_test(
                connection,
                key,
                message_id=message,
                body="{}",
                holder="one",
                now=second(0),
                until=second(60),
            )
            found = await destinations.get(connection, key)
            assert found is not None
            if message == "msg_old":
                version = destinations.version_of(found)
                await forgetting.remove(connection, key, version=version, by=BY)
        await forgetting.erase(sqlite_database)
        keys.append((key, one))
    (old_key, old), (new_key, new) = keys
    assert (old_key, old.id) == (new_key, new.id)  # SQLite gives them anew
    async with sqlite_database.transaction() as connection:
        settled = {"holder": "one", "at": second(1), "duration_ms": 7, "random": Random(1)}
        assert await deliveries.settle(connection, old, Answer(200), **settled) is None  # type: ignore[arg-type]
        assert await deliveries.settle(connection, new, Answer(200), **settled) is not None  # type: ignore[arg-type]
