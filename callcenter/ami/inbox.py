"""What a PBX said and the service has not taken yet: in order, bounded, nothing dropped."""

import asyncio
from collections import deque

from callcenter.core.pbx import Batch, OutOfSight, Snapshot

Item = Batch | Snapshot | OutOfSight

HIGH_WATER_EVENTS = 20_000
"""About 60 MB, and a minute of the busiest PBX: above it, reading from the socket pauses."""

LOW_WATER_EVENTS = 5_000
"""Below it, reading goes on: far enough from the high water that the two do not alternate."""


class Inbox:
    """A queue of items for one consumer, its size counted in events.

    While a snapshot is being asked for, live events are held back and follow it: ``hold`` before
    its first question, ``release`` with the snapshot, or with None when it came to nothing.
    """

    def __init__(
        self, high_water: int = HIGH_WATER_EVENTS, low_water: int = LOW_WATER_EVENTS
    ) -> None:
        self._high = high_water
        self._low = low_water
        self._items: deque[Item] = deque()
        self._held: deque[Item] | None = None
        self._filled = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self.size = 0  # in events, those held back included

    @property
    def full(self) -> bool:
        """Whether the high water was reached, and the low water not yet again."""
        return not self._room.is_set()

    def put(self, item: Item) -> None:
        """Append an item; above the high water too: what was read from the socket is kept."""
        if self._held is None:
            self._items.append(item)
            self._filled.set()
        else:
            self._held.append(item)
        self._resized(_weight(item))

    async def take(self) -> Item:
        """Wait for the oldest item and remove it."""
        while (item := self.take_ready()) is None:
            self._filled.clear()
            await self._filled.wait()
        return item

    def take_ready(self) -> Item | None:
        """Remove the oldest item, if there is one."""
        if not self._items:
            return None
        item = self._items.popleft()
        self._resized(-_weight(item))
        return item

    async def room(self) -> None:
        """Wait until the inbox is not full."""
        await self._room.wait()

    def hold(self) -> None:
        """Hold back what comes from now on."""
        if self._held is None:
            self._held = deque()

    def release(self, snapshot: Snapshot | None) -> None:
        """Append the snapshot, if there is one, and then what was held back."""
        held, self._held = self._held or (), None
        if snapshot is not None:
            self.put(snapshot)
        self._items.extend(held)
        if self._items:
            self._filled.set()

    def _resized(self, by: int) -> None:
        self.size += by
        if self.size >= self._high:
            self._room.clear()
        elif self.size <= self._low:
            self._room.set()


def _weight(item: Item) -> int:
    """Give an item's size in events: at least one, so that no kind of item is without bound."""
    match item:
        case Batch():
            return max(1, len(item.events))
        case Snapshot():
            rows = item.channels, item.bridges, item.queue_entries, item.queue_members
            return 1 + sum(map(len, rows)) + len(item.answers or ())
        case OutOfSight():
            return 1
