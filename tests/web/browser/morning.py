"""A morning at a company that helps others with their computers, with something on every page.

Each line is in a state of its own, so that one moment has them all: on support a known caller rings
while Ali talks with another, on network Léa owes two tickets, on printing nobody knows the caller,
on cloud several people share the number, on servers Théo is about to be called, and on sales it is
quiet.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, update

from callcenter.core.agent_state import AgentState
from callcenter.core.delivery import Why
from callcenter.core.differences import Difference, Kind, Report
from callcenter.core.obligation import ExemptReason
from callcenter.core.outgoing import Purpose
from callcenter.core.supervision import Mode, Supervision, SupervisionState
from callcenter.db import (
    agents,
    audits,
    categories,
    destinations,
    exemptions,
    imports,
    pauses,
    supervision_claims,
    supervisions,
    team,
    tickets,
)
from callcenter.db.audits import Occasion
from callcenter.db.rights import Right
from callcenter.db.schema import (
    agent_states,
    calls,
    companies,
    contacts,
    contracts,
    devices,
    obligations,
    telephone_numbers,
)
from tests.web.browser.cast import (
    BAKERY,
    CATEGORIES,
    COUNTS,
    FILE,
    FIRMS,
    HAULIERS,
    HOTEL,
    LANGUAGES,
    LAWYERS,
    NUMBERS,
    PAST,
    ROOFERS,
    STAFF,
    TELEPHONES,
    Past,
    Words,
)
from tests.web.scene import PUBLIC_URL, Scene
from tests.webhooks.destinations import BY, added, failing, wanted

FIRST = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)
"""Monday, five past eight in Paris."""

CALLED = ("zoe", "hugo", "nina", "sam")
"""They wait for calls, and some of their telephones ring."""

NOW = datetime(2026, 11, 23, 9, 12, 30, tzinfo=UTC)


@dataclass
class Morning:
    """What there is to look at; ``there`` has it by the name that addresses of views use."""

    scene: Scene
    language: str
    there: dict[str, str] = field(default_factory=dict)
    _firms: list[tuple[int, list[int]]] = field(default_factory=list)
    _categories: dict[str, categories.Chosen] = field(default_factory=dict)

    async def prepare(self) -> None:
        """Let it all happen."""
        self.scene.clock.now = FIRST
        await self._people()
        await self._directory()
        await self._name_categories()
        for number, past in enumerate(PAST):
            self.scene.clock.now = FIRST + timedelta(minutes=11 * number)
            await self._past(past)
        await self._missed()
        await self._debts()
        await self._audits()
        await self._administration()
        await self._present()
        await self._supervised()
        self.scene.clock.now = NOW

    def firm(self, number: int) -> tuple[int, list[int]]:
        """Ids of one of the firms, and of its people."""
        return self._firms[number]

    def said(self, words: Words) -> str:
        """In this morning's language."""
        return words[LANGUAGES.index(self.language)]

    async def _people(self) -> None:
        for login, name, telephone, line in STAFF:
            await self.scene.agent(login, name, telephone, line=line)
        await self.scene.agent("new", "Omar Diallo")
        await self.scene.agent("super", "Inès Moreau", role="supervisor")
        await self.scene.agent("root", "Nour Haddad", role="admin")
        for free in ("PJSIP/109", "PJSIP/110"):
            await self.scene.join("support", free)
        free_ones = dict.fromkeys([*CALLED, "rosa"], "available")
        states = {"ali": "on_call", "lea": "wrap_up"} | free_ones
        async with self.scene.database.transaction() as connection:
            for agent in await agents.everyone(connection):
                self.there["agent"] = str(agent.id)
                state = states.get(agent.login, "offline")
                row = {"agent_id": agent.id, "state": state, "since": FIRST}
                await connection.execute(insert(agent_states).values(row))
                if agent.login == "rosa":
                    await pauses.begin(connection, agent.id, "lunch", source="page", now=FIRST)

    async def _supervised(self) -> None:
        """The supervisor whispers to whoever has talked for longest."""
        id_, began_at = "3f1c7a52-8a0e-4c0b-9a53-7d0d6f1b2a11", NOW - timedelta(seconds=74)
        async with self.scene.database.transaction() as connection:
            await team.grant(connection, "super", Right.SUPERVISE, by=BY)
            boss = await agents.by_login(connection, "super")
            assert boss is not None
            talk = (await supervisions.talks(connection))[0]
            wanted = supervisions.Wanted(
                talk=talk, interface="PJSIP/150", mode=Mode.WHISPER, is_announced=True
            )
            await supervisions.ask(connection, id_, wanted, by=boss, now=began_at)
            await supervision_claims.claim(connection, "main", now=began_at)
            hears = Supervision(id_, SupervisionState.LISTENING, began_at=began_at)
            await supervision_claims.write(connection, [hears])

    async def _directory(self) -> None:
        for name, switchboard, contract, ends_on, owner, people in FIRMS:
            firm, ids = await self.scene.company(name, *people, contract=contract, owner=owner)
            self._firms.append((firm, ids))
            async with self.scene.database.transaction() as connection:
                number = {"company_id": firm, "e164": f"+33{switchboard[1:]}"}
                await connection.execute(insert(telephone_numbers).values(number))
                if ends_on:
                    its = contracts.c.company_id == firm
                    await connection.execute(update(contracts).where(its).values(ends_on=ends_on))
        long_ago = FIRST - timedelta(days=23)
        async with self.scene.database.transaction() as connection:
            await connection.execute(update(contacts).values(updated_at=long_ago))
            firms = {"updated_at": long_ago, "backup": "Rosa Almeida"}
            await connection.execute(update(companies).values(firms))
            for name, kind in (("durand-till-1", "till"), ("durand-nas", "backup")):
                row = {"company_id": self._firms[BAKERY][0], "name": name, "kind": kind}
                await connection.execute(insert(devices).values(row))

    async def _administration(self) -> None:
        """A company that is there twice, and a file that waits to be applied."""
        bakery, (lucie,) = self._firms[BAKERY]
        second, (again,) = await self.scene.company(f"{FIRMS[BAKERY][0]} SARL", "Petit Lucie")
        self.there |= {"company": str(bakery), "contact": str(lucie)}
        self.there |= {"first": str(bakery), "second": str(second)}
        async with self.scene.database.transaction() as connection:
            for contact, number in ((lucie, "+33639981122"), (again, "+33639981122")):
                row = {"company_id": bakery if contact == lucie else second, "e164": number}
                row["contact_id"] = contact
                await connection.execute(insert(telephone_numbers).values(row))
            key = await imports.add(
                connection, "customers.csv", FILE, agent_id=None, now=self.scene.clock()
            )
        self.there["import"] = str(key)
        await self._webhooks()

    async def _webhooks(self) -> None:
        """A destination that fails, and one that was switched off."""
        self.there["webhook"] = str(await failing(self.scene.database))
        async with self.scene.database.transaction() as connection:
            key = await added(connection, wanted("Vidal & Cie", "https://vidal.example/calls"))
            await destinations.switch_off(connection, key, Why.GONE, BY)

    async def _name_categories(self) -> None:
        async with self.scene.database.transaction() as connection:
            for above, below in CATEGORIES.items():
                parent = await categories.add(connection, self.said(above))
                self._categories[above[0]] = categories.Chosen(parent)
                for words in below:
                    child = await categories.add(connection, self.said(words), parent_id=parent)
                    self._categories[words[0]] = categories.Chosen(parent, child)

    def caller(self, firm: int | None, person: int = 0) -> dict[str, Any]:
        """Who calls and from where, as Scene.ring wants it."""
        if firm is None:
            return {}
        company, people = self._firms[firm]
        return {"company": company, "people": [people[person]], **_from(NUMBERS[firm])}

    async def _past(self, past: Past) -> None:
        scene, line_up = self.scene, [one[2] for one in STAFF if one[3] == past.line]
        who = self.caller(past.firm) | (_from(past.raw) if past.raw else {})
        call = await scene.ring(*line_up, line=past.line, **who)
        scene.clock.advance(seconds=past.wait_s)
        if past.by is None:
            await scene.hang_up(call)
            return
        await scene.answer(call, TELEPHONES[past.by])
        number = await scene.ticket(call, self.said(past.title))
        scene.clock.advance(seconds=past.talk_s)
        await scene.hang_up(call)
        scene.clock.advance(seconds=24)
        await self._qualify(number, past)

    async def _qualify(self, number: str, past: Past) -> None:
        now = self.scene.clock()
        async with self.scene.database.transaction() as connection:
            if past.status != "new":
                await tickets.update(
                    connection,
                    number,
                    title=self.said(past.title),
                    status="in_progress" if past.status == "complete" else past.status,  # type: ignore[arg-type]  # one of them
                    priority=past.priority,  # type: ignore[arg-type]  # the same
                    category=self._categories[past.category],
                    keeps_title=True,
                    now=now,
                    base_url=PUBLIC_URL,
                )
            if past.status == "complete":
                await tickets.complete(
                    connection,
                    number,
                    summary=self.said(past.summary),
                    now=now,
                    base_url=PUBLIC_URL,
                )
                self.there["complete"] = number
            elif past.priority == "critical":
                await self._talk_about(connection, number)
                self.there["ticket"] = number

    async def _talk_about(self, connection: Any, number: str) -> None:
        said: Sequence[tuple[str, Words]] = (
            (
                "zoe",
                ("All six tablets, since this morning.", "Les six tablettes, depuis ce matin."),
            ),
            (
                "ali",
                (
                    "The depot’s access point answers on one band.\nTold Karim: we come at two.",
                    "La borne du dépôt répond sur une bande.\nKarim prévenu : nous passons à 14 h.",
                ),
            ),
        )
        for login, words in said:
            agent = await agents.by_login(connection, login)
            assert agent
            self.scene.clock.advance(minutes=3)
            await tickets.add_note(
                connection,
                number,
                agent_id=agent.id,
                text=self.said(words),
                now=self.scene.clock(),
                base_url=PUBLIC_URL,
            )

    async def _missed(self) -> None:
        """Two callers whom nobody answered; one of them was called back in vain."""
        firm, people = self._firms[0]
        await self.scene.missed("anonymous")
        id_ = await self.scene.missed(times=2, company=firm, people=people[:1])
        made = await self.scene.outgoing("zoe", callback=id_, purpose=Purpose.CALLBACK)
        await self.scene.dialled(made, "sent", "pick_up", "calling")
        await self.scene.dialled(made, "ended", result="no_answer")

    async def _debts(self) -> None:
        """Tickets that the desk refuses, and calls that somebody says need none."""
        refusal = 'HTTP 422: "queue" is not one of: Support, Field service'
        for minute, (number, reason) in enumerate(
            (
                ("0639980144", None),
                ("0639980145", ExemptReason.WRONG_NUMBER),
                ("0639980146", ExemptReason.NUISANCE),
            )
        ):
            self.scene.clock.now = FIRST + timedelta(minutes=112 + minute)
            rosa, line = TELEPHONES["rosa"], "network"
            call = await self.scene.ring(rosa, line=line, **_from(number))
            await self.scene.answer(call, rosa)
            self.scene.clock.advance(seconds=20)
            await self.scene.hang_up(call)
            now = self.scene.clock()
            async with self.scene.database.transaction() as connection:
                if reason is None:
                    stuck = {"stuck_at": now, "attempts": 3, "last_error": refusal}
                    its = obligations.c.call_id == call
                    await connection.execute(update(obligations).where(its).values(stuck))
                    continue
                await exemptions.ask(connection, call, reason, actor="rosa", now=now)
                if reason is ExemptReason.NUISANCE:
                    await exemptions.grant(
                        connection, call, actor="super", now=now, base_url=PUBLIC_URL
                    )

    async def _audits(self) -> None:
        at, call = FIRST + timedelta(minutes=31), "0df04adc-505d-515f-8e4a-d952c40fd822"
        found = (
            Difference(Kind.TICKET_GONE, at, "main", "support", call, "T20261123.0017", "builtin"),
            Difference(Kind.CALL_MISSING, at, "main", "network", call, detail="PJSIP/102-0000002a"),
            Difference(Kind.TIMES_OPEN, at, "main", detail="until now: connection refused"),
        )
        now = self.scene.clock()
        for occasion, differences in ((Occasion.NIGHT, ()), (Occasion.ROLLING, found)):
            async with self.scene.database.transaction() as connection:
                since = now - timedelta(days=1)
                id_ = await audits.ask(connection, since, now, occasion=occasion, now=now)
                await audits.finish(connection, id_, Report(COUNTS, differences), now=now)

    async def _present(self) -> None:
        """The calls of this moment, the oldest first."""
        await self._wrap_up()
        await self._talk()
        self._at(NOW - timedelta(seconds=24))
        ring, there = self.scene.ring, self.there
        there["anonymous"] = await ring("PJSIP/104", line="printing", **_from("anonymous"))
        shared = self._firms[HOTEL][1]
        there["shared"] = await ring(
            "PJSIP/105", people=shared, line="cloud", **_from(NUMBERS[HOTEL])
        )
        there["ringing"] = await ring("PJSIP/101", "PJSIP/102", **self.caller(BAKERY))
        async with self.scene.database.transaction() as connection:
            its = calls.c.id == there["ringing"]
            await connection.execute(update(calls).where(its).values(attestation="A"))
        self._at(NOW - timedelta(seconds=11))
        there["unknown"] = await ring("PJSIP/101", name="VIDAL ANNA", **_from("0199004217"))

    async def call_and_hang_up(self) -> None:
        """Théo answers the hauliers' call and hangs up; what he owed from before is written."""
        scene, before = self.scene, self.there.get("owed")
        if before:
            await scene.complete(before, "Done.")
        call = await scene.ring("PJSIP/106", line="servers", **self.caller(HAULIERS))
        await scene.answer(call, "PJSIP/106")
        title = "servers: Karim Saïdi - Transports Hérault"
        self.there["owed"] = await scene.ticket(call, title, is_made=True)
        await scene.hang_up(call)
        await scene.state("theo", AgentState.WRAP_UP)

    async def _wrap_up(self) -> None:
        """Léa hung up on the lawyers, who have a ticket that is open, and owes one from before."""
        for minutes, person in ((12, 1), (4, 0)):
            self._at(NOW - timedelta(minutes=minutes))
            who = self.caller(LAWYERS, person)
            call = await self.scene.ring("PJSIP/103", line="network", **who)
            self.scene.clock.advance(seconds=8)
            await self.scene.answer(call, "PJSIP/103")
            await self.scene.ticket(call, "network: 03 53 01 14 00", is_made=True)
            self.scene.clock.advance(seconds=130)
            await self.scene.hang_up(call)
            if minutes == 12:
                await self._escalate(call)
        self.there["wrap_up"] = call

    async def _escalate(self, call: str) -> None:
        """Léa owes the ticket for so long that supervisors know; no call rings for her."""
        now = self.scene.clock()
        async with self.scene.database.transaction() as connection:
            its = obligations.c.call_id == call
            await connection.execute(update(obligations).where(its).values(escalated_at=now))
        await self.scene.state("lea", AgentState.WRAP_UP, blocked_on="network")

    async def _talk(self) -> None:
        self._at(NOW - timedelta(minutes=3, seconds=40))
        call = await self.scene.ring("PJSIP/101", "PJSIP/102", **self.caller(ROOFERS))
        self.scene.clock.advance(seconds=7)
        await self.scene.answer(call, "PJSIP/102")
        await self.scene.state("ali", AgentState.ON_CALL)
        await self.scene.ticket(call, "support: Élise Vannier - Ardoise & Fils", is_made=True)
        self.there["talking"] = call

    def _at(self, moment: datetime) -> None:
        self.scene.clock.now = moment


def _from(number: str) -> dict[str, Any]:
    e164 = None if number == "anonymous" else f"+33{number[1:]}"
    return {"raw": number, "e164": e164}
