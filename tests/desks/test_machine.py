"""Whatever happens to workers, desk and clock: one obligation a call, one ticket, none forgotten.

A machine of rules plays two workers of one desk on a real database. Each may sleep or die at any
point on its way; the desk refuses, loses its answers, or makes a ticket long after it hung up; the
clock is set back; tickets are deleted, calls exempted, and somebody presses "try again".

What no rule plays is a worker that stops between its last look at the claim and its request, for
longer than the claim lasts: no desk without a unique key of its own could be kept from a second.
"""

import asyncio
import contextlib
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.calls.recorder import LineRecord, Recorder
from callcenter.core.obligation import ExemptReason
from callcenter.db import claims, exemptions, obligations
from callcenter.db.engine import Database
from callcenter.desks.desk import (
    DeskError,
    Draft,
    NotSentError,
    RateLimitedError,
    RejectedError,
    TicketRef,
)
from callcenter.desks.worker import CLAIM_S, TicketWorker
from tests.calls.database import debts
from tests.calls.facts import started, story
from tests.desks.clock import Clock
from tests.desks.conftest import KilledError

T = TypeVar("T")

SETTLES_S = 30.0
CALLS_MAX = 2
ROUNDS_MAX = 60

POINTS = ("find", "found", "check", "created")
MOODS = {
    "well": None,
    "not reached": NotSentError("no route to the desk"),
    "down": DeskError("500"),
    "busy": RateLimitedError("too many requests", 90.0),
    "refuses": RejectedError("no such queue"),
    "loses the answer": None,
    "is late": None,
}


@dataclass
class Backend:
    """The desk as it is, whoever asks it. What is late is made when its time has come."""

    clock: Clock
    mood: str = "well"
    alive: dict[str, str] = field(default_factory=dict)  # number to key
    late: list[tuple[float, str]] = field(default_factory=list)
    made: int = 0

    def find(self, key: str) -> str | None:
        self.catch_up()
        self.refuse()
        return next((number for number, of in self.alive.items() if of == key), None)

    def create(self, key: str) -> str:
        self.catch_up()
        self.refuse()
        if self.mood == "is late":
            self.late.append((self.clock.passed_s + SETTLES_S - 1, key))
            raise DeskError("the connection broke while it worked")
        number = self.make(key)
        if self.mood == "loses the answer":
            raise DeskError("the connection broke while it answered")
        return number

    def make(self, key: str) -> str:
        self.made += 1
        number = f"F{self.made:04}"
        self.alive[number] = key
        return number

    def catch_up(self) -> None:
        for each in [each for each in self.late if each[0] <= self.clock.passed_s]:
            self.late.remove(each)
            self.make(each[1])

    def refuse(self) -> None:
        if (error := MOODS[self.mood]) is not None:
            raise error


@dataclass
class Way:
    """A worker's way through one attempt: where it sleeps, or dies."""

    planned: dict[str, str] = field(default_factory=dict)
    asleep: asyncio.Event = field(default_factory=asyncio.Event)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    is_killed: bool = False

    async def at(self, point: str) -> None:
        what = self.planned.pop(point, None)
        if what == "sleep":
            self.asleep.set()
            await self.awake.wait()
        if what == "die" or self.is_killed:
            raise KilledError


class GatedDatabase(Database):
    """Somebody may be stopped before they look at their claim once more."""

    way = Way()

    @asynccontextmanager
    async def reading(self, *, urgent: bool = False) -> AsyncIterator[AsyncConnection]:
        await self.way.at("check")
        async with super().reading(urgent=urgent) as connection:
            yield connection


@dataclass
class Front:
    """The desk as one worker sees it."""

    backend: Backend
    way: Way
    name: str = "builtin"
    searchable: bool = True
    settles_s: float = SETTLES_S

    async def find(self, key: str) -> TicketRef | None:
        await self.way.at("find")
        number = self.backend.find(key)
        await self.way.at("found")
        return self._ref(number) if number else None

    async def create(self, draft: Draft) -> TicketRef:
        number = self.backend.create(draft.key)
        await self.way.at("created")
        return self._ref(number)

    async def held(self, keys: Any) -> Any:
        raise NotImplementedError(keys)

    @staticmethod
    def _ref(number: str) -> TicketRef:
        return TicketRef(number, f"https://desk.test/{number}")


@dataclass
class Player:
    """A worker and what it is at."""

    worker: TicketWorker
    database: GatedDatabase
    front: Front
    task: asyncio.Task[int] | None = None

    @property
    def is_asleep(self) -> bool:
        return self.task is not None

    async def pay(self, planned: dict[str, str]) -> None:
        way = self.front.way = self.database.way = Way(planned)
        self.task = asyncio.create_task(self.worker.pay_due("builtin"))
        asleep = asyncio.create_task(way.asleep.wait())
        await asyncio.wait({self.task, asleep}, return_when=asyncio.FIRST_COMPLETED)
        asleep.cancel()
        if self.task.done():
            await self.end()

    async def end(self, *, killed: bool = False) -> None:
        assert self.task is not None
        self.front.way.is_killed = killed
        self.front.way.awake.set()
        with contextlib.suppress(KilledError, asyncio.CancelledError):
            await self.task
        self.task = None


class Debts(RuleBasedStateMachine):
    """See the module."""

    template: Path
    folder: Path

    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        path = self.folder / "debts.db"
        shutil.copyfile(self.template, path)
        self.clock = Clock()
        self.backend = Backend(self.clock)
        self.answered = 0
        self.plain = Database.open(f"sqlite+aiosqlite:///{path}")
        self.players = [self.player(), self.player()]
        self.a_call_is_answered(twice=False)

    def player(self) -> Player:
        database = GatedDatabase(self.plain.engine)
        front = Front(self.backend, Way())
        worker = TicketWorker(
            database=database,
            desks={"builtin": front},
            now=self.clock,
            shared_now=self.clock.shared,
            monotonic=self.clock.monotonic,
            random=Random(1),
            committed=lambda: None,
        )
        return Player(worker, database, front)

    def run(self, doing: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(doing)

    def idle(self, asleep: bool) -> list[int]:
        return [place for place, one in enumerate(self.players) if one.is_asleep == asleep]

    @precondition(lambda self: self.answered < CALLS_MAX)
    @rule(twice=st.booleans())
    def another_is_answered(self, twice: bool) -> None:
        self.a_call_is_answered(twice=twice)

    def a_call_is_answered(self, *, twice: bool) -> None:
        self.answered += 1
        recorder = Recorder(
            database=self.plain,
            lines={"support": LineRecord("builtin", "FR")},
            committed=lambda _entries: None,
        )
        for _ in range(1 + twice):
            self.run(recorder.record(story(started(self.answered), None), {}))

    @precondition(lambda self: self.idle(asleep=False))
    @rule(
        data=st.data(),
        mood=st.sampled_from(sorted(MOODS)),
        after=st.sampled_from([0, 10, SETTLES_S, CLAIM_S + SETTLES_S, 400]),
        stop=st.sampled_from([None, "sleep", "die"]),
        where=st.sampled_from(POINTS),
    )
    def somebody_pays(
        self, data: st.DataObject, mood: str, after: float, stop: str | None, where: str
    ) -> None:
        self.pay(data, mood, after, {where: stop} if stop else {})

    @precondition(lambda self: self.idle(asleep=False))
    @rule(
        data=st.data(),
        mood=st.sampled_from(["well", "down", "is late"]),
        after=st.sampled_from([1, 10, CLAIM_S + SETTLES_S]),
    )
    def somebody_pays_in_passing(self, data: st.DataObject, mood: str, after: float) -> None:
        self.pay(data, mood, after, {})

    def pay(self, data: st.DataObject, mood: str, after: float, planned: dict[str, str]) -> None:
        self.backend.mood = mood
        self.clock.advance(after)
        player = self.players[data.draw(st.sampled_from(self.idle(asleep=False)))]
        self.run(player.pay(planned))

    @precondition(lambda self: self.idle(asleep=True))
    @rule(data=st.data(), how=st.sampled_from(["wakes", "is killed", "is asked to end"]))
    def a_sleeper(self, data: st.DataObject, how: str) -> None:
        player = self.players[data.draw(st.sampled_from(self.idle(asleep=True)))]
        if how == "is asked to end" and player.task is not None:
            player.task.cancel()
        self.run(player.end(killed=how == "is killed"))

    @precondition(lambda self: self.idle(asleep=False))
    @rule(data=st.data())
    def a_service_starts_anew(self, data: st.DataObject) -> None:
        self.players[data.draw(st.sampled_from(self.idle(asleep=False)))] = self.player()

        async def again() -> None:
            async with self.plain.transaction() as connection:
                await claims.unstick(connection)

        self.run(again())

    @rule(seconds=st.sampled_from([10, 60, 3600]))
    def the_clock_is_set_back(self, seconds: float) -> None:
        self.clock.set_back(seconds)

    @precondition(lambda self: self.backend.alive)
    @rule(data=st.data())
    def a_ticket_is_deleted(self, data: st.DataObject) -> None:
        del self.backend.alive[data.draw(st.sampled_from(sorted(self.backend.alive)))]

    @rule()
    def the_desk_is_audited(self) -> None:
        self.run(self.audit())

    async def audit(self) -> None:
        for debt in await debts(self.plain):
            if debt.ticket_number and debt.ticket_number not in self.backend.alive:
                async with self.plain.transaction() as connection:
                    await obligations.reopened(
                        connection,
                        debt.call_id,
                        number=debt.ticket_number,
                        why="deleted",
                        now=self.clock(),
                    )

    @precondition(lambda self: self.answered)
    @rule(data=st.data(), what=st.sampled_from(["ask", "exempt", "decline", "reverse", "retry"]))
    def somebody_decides(self, data: st.DataObject, what: str) -> None:
        call = started(data.draw(st.integers(1, self.answered))).id
        self.run(self.decide(call, what))

    async def decide(self, call: str, what: str) -> None:
        by: dict[str, Any] = {"actor": "sam", "now": self.clock()}
        async with self.plain.transaction() as connection:
            if what in ("ask", "exempt"):
                await exemptions.ask(connection, call, ExemptReason.TEST, **by)
            if what == "exempt":
                await exemptions.grant(connection, call, **by, base_url="")
            if what == "decline":
                await exemptions.decline(connection, call, **by)
            if what == "reverse":
                await exemptions.reverse(connection, call, **by, base_url="")
            if what == "retry":
                await claims.retry(connection, [call], **by)

    @invariant()
    def one_obligation_a_call_and_one_ticket(self) -> None:
        self.backend.catch_up()
        found = self.run(debts(self.plain))
        assert len(found) == self.answered
        assert all(count == 1 for count in Counter(self.backend.alive.values()).values())
        for debt in found:
            # What is open has a moment to be tried at, or is stuck with words: never neither.
            is_moving = debt.next_attempt_at is not None
            assert is_moving == (debt.state == "open" and debt.stuck_at is None)
            assert debt.stuck_at is None or debt.last_error

    def teardown(self) -> None:
        with contextlib.closing(self.runner):
            try:
                self.run(self.quiesce())
                self.one_obligation_a_call_and_one_ticket()
            finally:
                self.run(self.plain.close())

    async def quiesce(self) -> None:
        """Let everybody finish: what the desk does not take is stuck, all else has its ticket."""
        for player in self.players:
            if player.is_asleep:
                await player.end()
        if self.backend.mood != "refuses":
            self.backend.mood = "well"
        for _ in range(ROUNDS_MAX):
            self.clock.advance(400)
            self.backend.catch_up()
            await self.audit()
            for player in self.players:
                await player.pay({})
            left = [debt for debt in await debts(self.plain) if debt.next_attempt_at]
            if not left:
                break
        for debt in await debts(self.plain):
            if debt.state in ("ticketed", "qualified"):
                assert self.backend.alive[debt.ticket_number] == debt.call_id
            else:
                assert debt.state == "exempt" or debt.stuck_at, debt


@pytest.fixture
def machine(_sqlite_template: Path, tmp_path: Path) -> Iterator[type[Debts]]:
    """With a database of its own."""
    yield type("OwnDebts", (Debts,), {"template": _sqlite_template, "folder": tmp_path})


def test_no_order_of_events_loses_a_ticket_or_makes_two(machine: type[Debts]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=60,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
