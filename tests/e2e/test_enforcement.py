"""Nobody gets around the ticket at the PBX itself, on a queue and on a ``Dial`` ring group.

Zoe has 101 and Ali 102; both ring for both lines.
"""

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from callcenter.db.engine import Database
from tests.e2e.conftest import Prepared
from tests.e2e.floor import Floor
from tests.e2e.house import opened

pytestmark = pytest.mark.asyncio(loop_scope="module")

ZOES, ALIS = "PJSIP/101", "PJSIP/102"
LINES = pytest.mark.parametrize("line", ["support", "network"])
BOTH = ("support", "network")


def watched(name: str, text: str) -> str:
    """102 is asked every second whether it is there."""
    there, asked = "contact = sip:102@", "qualify_frequency = 1\nqualify_timeout = 1\n"
    return text.replace(there, asked + there) if name == "pjsip.conf" else text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def floor(
    version: int, folder: Path, sqlite_url: str, prepared_sqlite: Prepared
) -> AsyncIterator[Floor]:
    """A house in which both lines block."""
    house = opened(version, folder, sqlite_url, prepared_sqlite.token, watched, enforcement="block")
    async with house as house, Database.open(sqlite_url) as database:
        yield Floor(house, database)


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def nobody_owes(floor: Floor) -> AsyncIterator[None]:
    """After each test everything is written, and everybody is rung again."""
    yield
    await floor.write_everything()
    await floor.until_kept_out({}, *BOTH)


@LINES
async def test_who_owes_a_ticket_is_rung_for_no_line_until_it_is_written(
    floor: Floor, line: str
) -> None:
    assert await floor.rung(line) == {ZOES, ALIS}
    await floor.answer(line, "101")
    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)
    assert await floor.rung(line) == {ALIS}

    await floor.write("zoe")

    await floor.until_kept_out({}, *BOTH)
    assert await floor.rung(line) == {ZOES, ALIS}
    floor.house.assert_nobody_complained()


async def test_from_the_answer_on_and_the_last_who_can_be_reached_is_spared(floor: Floor) -> None:
    """Two calls at once: both owe a ticket, and the one who answered last goes on being rung."""
    first = await floor.answered("network", "101")
    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)  # while they talk
    await floor.answer("support", "102")
    await first.over()
    await floor.until_owed("ali")

    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)
    for line in BOTH:
        assert await floor.rung(line) == {ALIS}

    await floor.write("zoe")
    await floor.until_kept_out({ALIS: "ticket"}, *BOTH)
    assert await floor.rung("support") == {ZOES}
    floor.house.assert_nobody_complained()


async def test_unpausing_at_the_console_does_not_help(floor: Floor) -> None:
    await floor.answer("support", "101")
    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)

    async with floor.house.rig.watch() as ami:
        await floor.house.rig.cli(f"queue unpause member {ZOES} queue support")
        await ami.event("QueueMemberPause", Paused="0")
        await ami.event("QueueMemberPause", Paused="1", PausedReason="ticket")

    assert await floor.rung("support") == {ALIS}
    floor.house.assert_nobody_complained()


async def test_neither_does_killing_the_service_nor_restarting_the_pbx(floor: Floor) -> None:
    rig, service = floor.house.rig, floor.house.service
    await floor.answer("network", "101")
    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)

    service.kill()
    assert await floor.rung("network") == {ALIS}  # nobody is needed for that
    await rig.cli(f"queue unpause member {ZOES} queue support")
    await rig.cli(f"database del callcenter-left-out network/{ZOES}")
    await service.start()
    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)

    floor.house.forgiven.append("pbx out of reach")
    await rig.asterisk.restart(signal.SIGKILL)
    await floor.until_rung({ALIS}, "support")  # at first it cannot reach 102 either
    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)
    floor.house.assert_nobody_complained()


async def test_who_is_left_alone_is_rung_whatever_they_owe(floor: Floor) -> None:
    await floor.answer("support", "101")
    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)

    floor.house.rig.phone("102").unplugged()
    await floor.until_kept_out({}, *BOTH)

    floor.house.rig.phone("102").rings()
    await floor.until_kept_out({ZOES: "ticket"}, *BOTH)


async def test_a_pause_of_ones_own_outlives_the_block(floor: Floor) -> None:
    """Typed at the PBX it counts like one from the page, on every line."""
    rig = floor.house.rig
    await rig.cli(f"queue pause member {ZOES} queue support reason lunch")
    await floor.until_pause("zoe", lambda pause: pause is not None and pause.reason == "lunch")
    await floor.until_kept_out({ZOES: "lunch"}, "support")
    await floor.until_kept_out({ZOES: "pause"}, "network")
    await floor.answer("network", "102")  # and somebody else's block begins meanwhile
    await floor.until_kept_out({ZOES: "lunch"}, "support")

    await rig.cli(f"queue unpause member {ZOES} queue support")
    await floor.until_pause("zoe", lambda pause: pause is None)
    await floor.until_kept_out({ALIS: "ticket"}, *BOTH)  # who is not the last any more
    floor.house.assert_nobody_complained()
