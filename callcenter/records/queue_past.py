"""The calls of years of queue_log, each as soon as nothing more will be told of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import ceil

from callcenter.core.call import Call
from callcenter.core.line import Lines
from callcenter.records.cdr import BIRTH_MAX, UNIQUEID, ZONE_STEP
from callcenter.records.queue_log import BEGUN, OF_A_CALL, SETTLED_AFTER, QueueRow
from callcenter.records.queue_story import RANG, Story, Who
from callcenter.records.source import OPEN_MAX

TOLD = OF_A_CALL | RANG.keys()

LATEST_ROWS = 100
"""The earliest of so many last rows is the present of the log: one wrong clock moves it not."""


@dataclass(kw_only=True)
class QueuePast:
    """Of one PBX. ``by_wall_clock``: the rows' times have no offset of their own, as in a table.

    ``elsewhere`` counts the callers of queues that are no line's, by queue;
    ``untold`` the calls of which nothing tells what became, ``going_on`` those not yet over."""

    pbx: str
    lines: Lines
    who: Who
    now: datetime
    by_wall_clock: bool = False
    elsewhere: Counter[str] = field(default_factory=Counter, init=False)
    untold: int = field(default=0, init=False)
    going_on: int = field(default=0, init=False)
    _stories: dict[str, Story] = field(default_factory=dict, init=False)

    def take(self, rows: Sequence[QueueRow]) -> list[Call]:
        """The calls that are over by the end of these rows, which follow those before."""
        for row in rows:
            if row.event in TOLD:
                self._tell(row)
            elif row.event == BEGUN:
                for before in self._stories.values():
                    before.is_cut = True
        if not rows:
            return []
        present = min(row.at for row in rows[-LATEST_ROWS:])
        over = [one for one in self._stories.values() if present - one.last_at > OPEN_MAX]
        return list(self._made(over))

    def rest(self) -> list[Call]:
        """The others, once there are no more rows; but for those that may go on."""
        over = [one for one in self._stories.values() if self._is_over(one)]
        found = list(self._made(over))
        self.going_on = len(self._stories)
        return found

    def _tell(self, row: QueueRow) -> None:
        story = self._stories.get(row.call)
        if story is None:
            line = self.lines.by_queue.get(row.queue)
            if line is None:
                self.elsewhere[row.queue] += row.event == "ENTERQUEUE"
                return
            story = self._stories[row.call] = Story(row.call, line, row.at)
            story.shift = self._shift(row)
        story.tell(row._replace(at=row.at + story.shift) if story.shift else row)

    def _shift(self, row: QueueRow) -> timedelta:
        """What the clock on the wall is behind: in the hour that comes twice in autumn nobody
        enters a queue before his channel is made, as its Uniqueid says when."""
        found = UNIQUEID.fullmatch(row.call) if self.by_wall_clock else None
        if found is None or row.event != "ENTERQUEUE":
            return timedelta()
        behind = datetime.fromtimestamp(int(found[1]), UTC) - row.at
        return ceil(behind / ZONE_STEP) * ZONE_STEP if behind > BIRTH_MAX else timedelta()

    def _is_over(self, story: Story) -> bool:
        is_told = story.ended_at is not None or story.is_cut
        return self.now - story.last_at > (SETTLED_AFTER if is_told else OPEN_MAX)

    def _made(self, stories: Sequence[Story]) -> Iterator[Call]:
        for story in stories:
            del self._stories[story.call]
            call = story.made(self.pbx, self.who)
            if call is None:
                self.untold += 1
            else:
                yield call
