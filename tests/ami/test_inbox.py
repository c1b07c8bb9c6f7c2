"""The inbox keeps everything, in order, and says when it is full."""

from datetime import UTC, datetime

from callcenter.ami.inbox import Inbox
from callcenter.core.pbx import Batch, Snapshot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SNAPSHOT = Snapshot(NOW, (), (), (), ())


def batch(*names: str) -> Batch:
    return Batch(NOW, tuple({"Event": name} for name in names))


async def test_items_come_out_in_order() -> None:
    inbox = Inbox()
    inbox.put(batch("Newchannel"))
    inbox.put(batch("Hangup"))
    assert [await inbox.take(), await inbox.take()] == [batch("Newchannel"), batch("Hangup")]


async def test_what_comes_during_a_snapshot_follows_it() -> None:
    inbox = Inbox()
    inbox.put(batch("Before"))
    inbox.hold()
    inbox.put(batch("During"))
    inbox.release(SNAPSHOT)
    inbox.put(batch("After"))
    taken = [await inbox.take() for _ in range(4)]
    assert taken == [batch("Before"), SNAPSHOT, batch("During"), batch("After")]
    assert inbox.size == 0


async def test_what_was_held_for_a_snapshot_that_failed_is_not_lost() -> None:
    inbox = Inbox()
    inbox.hold()
    inbox.put(batch("During"))
    inbox.release(None)
    assert await inbox.take() == batch("During")


async def test_it_is_full_from_the_high_water_down_to_the_low_water() -> None:
    inbox = Inbox(high_water=4, low_water=2)
    inbox.put(batch("1", "2", "3"))
    assert not inbox.full
    inbox.put(batch("4"))
    inbox.put(batch("5"))
    assert inbox.full
    await inbox.take()
    assert not inbox.full


async def test_every_item_counts_lest_one_kind_grows_without_bound() -> None:
    inbox = Inbox(high_water=2, low_water=0)
    inbox.put(SNAPSHOT)
    inbox.put(SNAPSHOT)
    assert inbox.full


async def test_what_is_held_back_counts() -> None:
    inbox = Inbox(high_water=2, low_water=0)
    inbox.hold()
    inbox.put(batch("1", "2"))
    assert inbox.full
