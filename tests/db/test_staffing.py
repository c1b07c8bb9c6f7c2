"""What staffing is planned by is read of one line and its days alone."""

from datetime import date

from sqlalchemy import insert

from callcenter.core.slots import Slot
from callcenter.core.staffing import Traffic
from callcenter.db import staffing
from callcenter.db.engine import Database
from callcenter.db.schema import figure_slots, figure_waits

DAY = date(2026, 9, 28).toordinal()


async def test_half_hours_and_waits_are_those_of_the_line_and_the_days(database: Database) -> None:
    slots = [
        {"line": line, "day": day, "slot": slot, "offered": 3, "answered": 2, "wait_ms": 2**40}
        for line, day in (("support", DAY), ("support", DAY + 7), ("sales", DAY))
        for slot in (36, 37)
    ]
    waits = [
        {"line": line, "day": DAY, "outcome": outcome, "second": second, "calls": 2}
        for line, outcome, second in (
            ("support", "overflow", 30),
            ("support", "overflow", 45),
            ("support", "answered", 9),
            ("sales", "overflow", 7),
        )
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(figure_slots), slots)
        await connection.execute(insert(figure_waits), waits)
    async with database.reading() as connection:
        found = await staffing.half_hours(connection, "support", DAY, DAY + 7)
        waited = await staffing.overflow_wait_s(connection, "support", DAY, DAY + 7)
        nothing = await staffing.overflow_wait_s(connection, "support", DAY + 1, DAY + 7)
    assert found == {Slot(DAY, 36): Traffic(answered=4, wait_ms=2**41)}
    assert (waited, nothing) == (150, 0)
