"""Who took part in a call, as Autotask accounts for it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from callcenter.core.part import Part
from callcenter.desks.autotask import AutotaskDesk
from callcenter.desks.desk import DeniedError, GoneError, RejectedError
from tests.desks.autotask.opening import desk_on
from tests.desks.autotask.server import Autotask
from tests.desks.autotask.tenant import DESK_ROLE, KARIM, NADIA
from tests.desks.test_builtin import DRAFT

MARKER = "[call 5f1c]"


def at(hour: int, minute: int, second: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute, second, tzinfo=UTC)


NADIAS = Part("nadia", at(9, 0, 4), at(9, 6, 30))
KARIMS = Part("karim", at(9, 2), at(9, 5))
STRANGERS = Part("zoe", at(9, 1), at(9, 2))


@pytest.fixture
def server() -> Autotask:
    return Autotask()


@pytest.fixture
async def desk(server: Autotask) -> AsyncIterator[AutotaskDesk]:
    wanted = {"time_entries": True, "secondary_resources": True, "work_type": "Remote Support"}
    async with server.serving() as url, desk_on(url, **wanted) as opened:
        yield opened


async def number_of(desk: AutotaskDesk) -> str:
    return (await desk.create(replace(DRAFT, key=str(uuid4()), agent="nadia"))).number


async def test_each_part_is_a_time_entry_once(server: Autotask, desk: AutotaskDesk) -> None:
    assert desk.keeps_time
    number = await number_of(desk)
    for _ in range(2):
        await desk.book(number, [NADIAS, KARIMS, STRANGERS], MARKER)
    found = [
        (one["resourceID"], one["roleID"], one["startDateTime"], one["endDateTime"])
        for one in server.tenant.records["TimeEntries"].values()
    ]
    assert found == [
        (NADIA, DESK_ROLE, "2026-11-23T09:00:04.000Z", "2026-11-23T09:06:30.000Z"),
        (KARIM, DESK_ROLE, "2026-11-23T09:02:00.000Z", "2026-11-23T09:05:00.000Z"),
    ]
    (code,) = server.tenant.records["BillingCodes"]
    (entry, _) = server.tenant.records["TimeEntries"].values()
    assert entry["billingCodeID"] == code
    assert entry["dateWorked"] == "2026-11-23T00:00:00Z"


async def test_who_took_part_besides_the_first_is_a_secondary_resource_once(
    server: Autotask, desk: AutotaskDesk
) -> None:
    number = await number_of(desk)
    for _ in range(2):
        await desk.book(number, [NADIAS, KARIMS, STRANGERS], MARKER)
    (secondary,) = server.tenant.records["TicketSecondaryResources"].values()
    assert (secondary["resourceID"], secondary["roleID"]) == (KARIM, DESK_ROLE)


async def test_an_entry_does_not_span_midnight(server: Autotask, desk: AutotaskDesk) -> None:
    late = Part("nadia", at(23, 58), datetime(2026, 11, 24, 0, 3, tzinfo=UTC))
    await desk.book(await number_of(desk), [late], MARKER)
    found = server.tenant.records["TimeEntries"].values()
    assert [(one["dateWorked"][:10], one["startDateTime"][11:16]) for one in found] == [
        ("2026-11-23", "23:58"),
        ("2026-11-24", "00:00"),
    ]


async def test_one_that_was_cut_off_is_finished_later(server: Autotask, desk: AutotaskDesk) -> None:
    number = await number_of(desk)
    await desk.book(number, [NADIAS], MARKER)
    await desk.book(number, [NADIAS, KARIMS], MARKER)
    await desk.book(number, [NADIAS], "[call another]")
    found = [one["resourceID"] for one in server.tenant.records["TimeEntries"].values()]
    assert found == [NADIA, KARIM, NADIA]


async def test_a_right_that_is_missing_is_told_of(server: Autotask, desk: AutotaskDesk) -> None:
    number = await number_of(desk)
    server.tenant.denied.add("TimeEntries")
    with pytest.raises(DeniedError, match="security level"):
        await desk.book(number, [NADIAS], MARKER)


async def test_nothing_is_booked_on_a_ticket_that_is_gone(desk: AutotaskDesk) -> None:
    with pytest.raises(GoneError):
        await desk.book("T20261123.9999", [NADIAS], MARKER)


async def test_a_work_type_that_is_not_there_is_said_so(server: Autotask) -> None:
    wanted = {"time_entries": True, "work_type": "Anywhere"}
    async with server.serving() as url, desk_on(url, **wanted) as desk:
        with pytest.raises(RejectedError, match=r"no active work type 'Anywhere': .* work_type"):
            await desk.check()


async def test_without_the_settings_nobodys_time_is_kept(server: Autotask) -> None:
    async with server.serving() as url, desk_on(url) as desk:
        assert not desk.keeps_time
