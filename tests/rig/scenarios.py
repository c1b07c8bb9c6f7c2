"""The calls that are recorded: each is played on a rig of its own, and says what became of it.

A scenario is a site and a coroutine. What it returns is what the call tracker must find out.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from dialplan.site import Hours, Menu, Site
from tests.rig import sites
from tests.rig.ami import Ami
from tests.rig.rig import Rig
from tests.rig.steps import HangUp, Hold, Press, Refer, ReferWith, Talk

CALLER = "0639981122"
OTHER = "0199004711"
SUPERVISION = "3f1c7a52-8a0e-4c0b-9a53-7d0d6f1b2a11"
RING_S = 3  # until overflow, where a scenario waits for it


@dataclass(frozen=True, slots=True)
class Expected:
    """One customer's call."""

    caller: str
    line: str
    outcome: str  # answered, abandoned, overflow, closed, rejected
    agents: tuple[str, ...] = ()  # interfaces of the legs that talked, in order
    held: bool = False
    transfer: str | None = None  # blind or attended


Play = Callable[[Rig, Ami], Awaitable[list[Expected]]]


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is played, and on which lines."""

    name: str
    what: str
    site: Site
    play: Play


SCENARIOS: list[Scenario] = []
TWO = ("PJSIP/101", "PJSIP/102")
QUEUE = sites.site(sites.support(members=TWO), sites.network(ring=TWO))
SHORT = sites.site(
    sites.support(members=TWO, ring_s=RING_S), sites.network(ring=TWO, ring_s=RING_S)
)
LINES = {"queue": ("support", sites.SUPPORT), "ring": ("network", sites.NETWORK)}


def scenario(name: str, what: str, site: Site = QUEUE) -> Callable[[Play], Play]:
    """Register a scenario under a name."""

    def register(play: Play) -> Play:
        SCENARIOS.append(Scenario(name, what, site, play))
        return play

    return register


def both(name: str, what: str, site: Site = QUEUE) -> Callable[[Callable[..., object]], object]:
    """Register it twice: queue-NAME and ring-NAME; the play is told its line and extension."""

    def register(play: Callable[..., Awaitable[list[Expected]]]) -> object:
        for kind, (line, extension) in LINES.items():

            async def of_kind(
                rig: Rig, ami: Ami, line: str = line, extension: str = extension
            ) -> list[Expected]:
                return await play(rig, ami, line, extension)

            SCENARIOS.append(Scenario(f"{kind}-{name}", what, site, of_kind))
        return play

    return register


@both("answered", "102 answers, they talk, the caller hangs up")
async def answered(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("102").answers(after=1)
    call = await rig.call(CALLER, extension, name="Claire Martin", hangup_after=3)
    await call.over()
    return [Expected(CALLER, line, "answered", ("PJSIP/102",))]


@both("answered-agent-ends", "102 answers, they talk, the agent hangs up")
async def agent_ends(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("102").answers(after=1, talk=1.5)
    await (await rig.call(CALLER, extension)).over()
    return [Expected(CALLER, line, "answered", ("PJSIP/102",))]


@both("abandoned", "the caller gives up while it rings")
async def abandoned(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    call = await rig.call(CALLER, extension, gives_up_after=2, hangup_after=2)
    await call.over()
    return [Expected(CALLER, line, "abandoned")]


@both("overflow", "nobody answers; the mailbox takes the call", SHORT)
async def overflow(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    call = await rig.call(CALLER, extension, doing=[])
    await ami.event("UserEvent", Outcome="overflow")
    await asyncio.sleep(1)
    call.stop()
    await rig.hang_up_everything()
    return [Expected(CALLER, line, "overflow")]


@both("both-answer", "101 and 102 answer at the same moment; one of them wins")
async def both_answer(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("101").answers(after=1)
    rig.phone("102").answers(after=1)
    call = await rig.call(CALLER, extension, hangup_after=3)
    await call.over()
    return [Expected(CALLER, line, "answered", (winner(ami),))]


@both("hold", "the agent puts the caller on hold and takes them back")
async def hold(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("101").answers(after=0.5, talk=0.5, doing=[Talk(0.5), Hold(1.5)])
    await (await rig.call(CALLER, extension)).over()
    return [Expected(CALLER, line, "answered", ("PJSIP/101",), held=True)]


@both("blind-transfer", "101 answers and sends the caller to 103 by feature code #1")
async def blind_transfer(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("101").answers(after=0.5, doing=[Talk(0.5), Press("#1103"), Talk()])
    rig.phone("103").answers(after=0.5, talk=1)
    await (await rig.call(CALLER, extension)).over()
    return [Expected(CALLER, line, "answered", ("PJSIP/101", "PJSIP/103"), transfer="blind")]


@both("blind-transfer-refer", "101 answers and sends the caller to 103 with its transfer key")
async def blind_refer(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("101").answers(after=0.5, doing=[Talk(0.5), Refer("103"), Talk()])
    rig.phone("103").answers(after=0.5, talk=1)
    await (await rig.call(CALLER, extension)).over()
    return [Expected(CALLER, line, "answered", ("PJSIP/101", "PJSIP/103"), transfer="blind")]


@both("attended-transfer", "101 asks 103 first (*2), then hangs up and leaves them together")
async def attended(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    steps = [Talk(0.5), Press("*2"), Talk(1), Press("103"), Talk(2.5), HangUp()]
    rig.phone("101").answers(after=0.5, doing=steps)
    rig.phone("103").answers(after=0.5, doing=[Talk(4), HangUp()])
    await (await rig.call(CALLER, extension)).over()
    return [Expected(CALLER, line, "answered", ("PJSIP/101", "PJSIP/103"), transfer="attended")]


@both(
    "attended-transfer-refer", "101 calls 103 on another line of its telephone, and joins the two"
)
async def attended_refer(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    agent = rig.phone("101").answers(after=0.5, doing=[Talk(0.5), ReferWith("103"), Talk()])
    rig.phone("103").answers(after=0.5, doing=[Talk(4), HangUp()])
    call = await rig.call(CALLER, extension)
    await ami.event("BridgeEnter")
    await asyncio.sleep(1)
    consultation = agent.calls("103")
    await asyncio.sleep(2)
    await agent.refer_to(consultation)
    await call.over()
    await consultation.over()
    return [Expected(CALLER, line, "answered", ("PJSIP/101", "PJSIP/103"), transfer="attended")]


@both("consultation", "101 asks 103 (*2), who hangs up; the caller stays with 101")
async def consultation(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    steps = [Talk(0.5), Press("*2"), Talk(1), Press("103"), Talk(4), HangUp()]
    rig.phone("101").answers(after=0.5, doing=steps)
    rig.phone("103").answers(after=0.5, talk=1)
    await (await rig.call(CALLER, extension)).over()
    return [Expected(CALLER, line, "answered", ("PJSIP/101",))]


@scenario(
    "queue-transfer-to-line",
    "101 sends the caller on to the other line, where 102 answers",
    sites.site(sites.support(members=("PJSIP/101",)), sites.network(ring=("PJSIP/102",))),
)
async def to_line(rig: Rig, ami: Ami) -> list[Expected]:
    rig.phone("101").answers(after=0.5, doing=[Talk(0.5), Refer(sites.NETWORK), Talk()])
    rig.phone("102").answers(after=1)
    await (await rig.call(CALLER, sites.SUPPORT, hangup_after=5)).over()
    legs = ("PJSIP/101", "PJSIP/102")
    return [Expected(CALLER, "support", "answered", legs, transfer="blind")]


@both("pickup", "104 picks up the call that rings at the others (*8)")
async def pickup(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    call = await rig.call(CALLER, extension, hangup_after=4)
    await ami.event("DialState", DialStatus="RINGING")
    await asyncio.sleep(0.5)
    taken = rig.phone("104").calls("*8")
    await call.over()
    await taken.over()
    return [Expected(CALLER, line, "answered", ("PJSIP/104",))]


@both("two-calls", "two customers call at once; each has an agent of their own")
async def two_calls(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("101").answers(after=0.5)
    first = await rig.call(CALLER, extension, hangup_after=5)
    await ami.event("BridgeEnter")
    rig.phone("102").answers(after=0.2)  # a plain Dial rings the busy 101 too
    second = await rig.call(OTHER, extension, hangup_after=2)
    await second.over()
    await first.over()
    return [
        Expected(CALLER, line, "answered", ("PJSIP/101",)),
        Expected(OTHER, line, "answered", ("PJSIP/102",)),
    ]


@both("anonymous", "a caller who hides the number")
async def anonymous(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("101").answers(after=0.5)
    await (await rig.call("anonymous", extension, name="Anonymous", hangup_after=2)).over()
    return [Expected("anonymous", line, "answered", ("PJSIP/101",))]


@scenario("queue-no-number", "a caller without any number")
async def no_number(rig: Rig, ami: Ami) -> list[Expected]:
    rig.phone("101").answers(after=0.5)
    await (await rig.call("", sites.SUPPORT, hangup_after=2)).over()
    return [Expected("", "support", "answered", ("PJSIP/101",))]


@scenario("queue-international", "the numbers as an operator may send them: +33 and 0033")
async def international(rig: Rig, ami: Ami) -> list[Expected]:
    rig.phone("101").answers(after=0.5)
    await (await rig.call("+33639981122", "+33465711010", hangup_after=2)).over()
    await (await rig.call("0033639981122", "0033465711010", hangup_after=2)).over()
    return [
        Expected("+33639981122", "support", "answered", ("PJSIP/101",)),
        Expected("0033639981122", "support", "answered", ("PJSIP/101",)),
    ]


@scenario(
    "queue-refused",
    "the only agent refuses, the queue rings again, and the agent answers",
    sites.site(sites.support(members=("PJSIP/101",))),
)
async def refused(rig: Rig, ami: Ami) -> list[Expected]:
    rig.phone("101").refuses(after=0.5)
    call = await rig.call(CALLER, sites.SUPPORT, hangup_after=6)
    await ami.event("DialEnd")  # NOANSWER: a queue does not tell a refusal from silence
    rig.phone("101").answers(after=0.5)
    await call.over()
    return [Expected(CALLER, "support", "answered", ("PJSIP/101",))]


@scenario("ring-refused", "101 refuses, 102 goes on ringing and answers")
async def ring_refused(rig: Rig, ami: Ami) -> list[Expected]:
    rig.phone("101").refuses(after=0.5)
    rig.phone("102").answers(after=1.5)
    await (await rig.call(CALLER, sites.NETWORK, hangup_after=2)).over()
    return [Expected(CALLER, "network", "answered", ("PJSIP/102",))]


async def uniqueid_of(ami: Ami, telephone: str) -> str:
    """That of the channel by which a telephone entered a bridge."""

    def entered() -> list[str]:
        bridged = ami.events("BridgeEnter")
        return [each["Uniqueid"] for each in bridged if each["Channel"].startswith(telephone)]

    await ami.until(lambda: bool(entered()), f"BridgeEnter of {telephone}")
    return entered()[0]


@both("supervised", "102 answers, 103 barges into the call, the caller hangs up")
async def supervised(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("102").answers(after=0.5)
    rig.phone("103").answers(after=0.5)
    call = await rig.call(CALLER, extension, hangup_after=5)
    spies = {"Action": "Originate", "Async": "true", "ChannelId": SUPERVISION}
    spies |= {"Channel": "PJSIP/103", "Application": "ChanSpy", "Timeout": "10000"}
    spied = await uniqueid_of(ami, "PJSIP/102")
    async with rig.service() as service:  # what answers it is not recorded
        await service.action({**spies, "Data": f"{spied},quESB"})
    await ami.event("ChanSpyStart")
    await call.over()
    return [Expected(CALLER, line, "answered", ("PJSIP/102",))]


LOCAL_MEMBERS = tuple(f"Local/{name}@from-callcenter-telephones" for name in ("101", "102"))


@scenario(
    "queue-local-n",
    "the members are Local channels that stay (/n)",
    sites.site(sites.support(members=tuple(f"{each}/n" for each in LOCAL_MEMBERS))),
)
async def local_n(rig: Rig, ami: Ami) -> list[Expected]:
    rig.phone("102").answers(after=0.5)
    await (await rig.call(CALLER, sites.SUPPORT, hangup_after=3)).over()
    return [Expected(CALLER, "support", "answered", ("PJSIP/102",))]


@scenario(
    "queue-local-optimised",
    "the members are Local channels that Asterisk takes out once they talk",
    sites.site(sites.support(members=LOCAL_MEMBERS)),
)
async def local_optimised(rig: Rig, ami: Ami) -> list[Expected]:
    rig.phone("102").answers(after=0.5)
    await (await rig.call(CALLER, sites.SUPPORT, hangup_after=3)).over()
    return [Expected(CALLER, "support", "answered", ("PJSIP/102",))]


@both(
    "two-telephones",
    "101 and 104 are one agent's; both ring and 104 answers",
    sites.site(
        sites.support(members=("PJSIP/101", "PJSIP/104")),
        sites.network(ring=("PJSIP/101", "PJSIP/104")),
    ),
)
async def two_telephones(rig: Rig, ami: Ami, line: str, extension: str) -> list[Expected]:
    rig.phone("104").answers(after=1)
    await (await rig.call(CALLER, extension, hangup_after=2.5)).over()
    return [Expected(CALLER, line, "answered", ("PJSIP/104",))]


CLOSED = sites.site(sites.support(members=TWO, hours=(Hours("mon-sun", "00:00", "00:01"),)))
MENU = sites.site(sites.support(members=TWO, menu=Menu(tries=1)))


@scenario("closed", "a call out of hours hears so", CLOSED)
async def closed(rig: Rig, ami: Ami) -> list[Expected]:
    call = await rig.call(CALLER, sites.SUPPORT, hangup_after=2)
    await call.over()
    return [Expected(CALLER, "support", "closed")]


@scenario("menu-chosen", "the caller presses 1 and is answered", MENU)
async def menu_chosen(rig: Rig, ami: Ami) -> list[Expected]:
    rig.phone("101").answers(after=0.5)
    doing = [Talk(1), Press("1"), Talk(2.5), HangUp()]
    await (await rig.call(CALLER, sites.SUPPORT, doing=doing)).over()
    return [Expected(CALLER, "support", "answered", ("PJSIP/101",))]


@scenario("menu-abandoned", "the caller hangs up in the menu", MENU)
async def menu_abandoned(rig: Rig, ami: Ami) -> list[Expected]:
    await (await rig.call(CALLER, sites.SUPPORT, hangup_after=1)).over()
    return [Expected(CALLER, "support", "abandoned")]


@scenario("menu-rejected", "the caller presses a key that leads nowhere", MENU)
async def menu_rejected(rig: Rig, ami: Ami) -> list[Expected]:
    doing = [Talk(1), Press("7"), Talk()]
    await (await rig.call(CALLER, sites.SUPPORT, doing=doing)).over()
    return [Expected(CALLER, "support", "rejected")]


def winner(ami: Ami) -> str:
    """The telephone that shares a bridge with the caller, from Asterisk's own words."""
    names = [event["Channel"] for event in ami.events("BridgeEnter")]
    return next(name.rpartition("-")[0] for name in names if not name.startswith("PJSIP/trunk-"))
