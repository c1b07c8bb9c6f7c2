"""The job, and each kind of desk that is asked over HTTP: whatever becomes of its requests, each
answered call has one ticket there."""

import shutil
from pathlib import Path

import pytest

from callcenter.core.obligation import ObligationState
from tests.calls.database import debts
from tests.desks.conftest import Office
from tests.desks.faults import Fault
from tests.desks.remote import HASTY_S
from tests.desks.trial import Can, Kind
from tests.desks.trials import TRIALS

KINDS = [
    kind for kind in TRIALS if Can.REMOTE in kind.can and kind.can & {Can.SEARCH, Can.RECOGNISE}
]

FAULTS = [
    None,
    *(
        Fault(kind=kind, stores=stores, times=1, methods=("POST",))
        for kind in ("status", "silent", "drop")
        for stores in (False, True)
    ),
    Fault(kind="half", stores=True, times=1, methods=("POST",)),
    Fault(kind="status", status=429, headers={"Retry-After": "7"}, times=1),
]


@pytest.mark.parametrize("kind", KINDS, ids=str)
async def test_each_call_has_one_ticket_whatever_becomes_of_the_requests(
    kind: Kind, sqlite_office: Office, _sqlite_template: Path, tmp_path: Path
) -> None:
    office = sqlite_office
    database = shutil.copyfile(_sqlite_template, tmp_path / "desk.db")
    async with kind.open(tmp_path, f"sqlite+aiosqlite:///{database}") as trial:
        assert trial.remote
        async with trial.remote.opens(timeout_s=HASTY_S) as hasty:
            for number, fault in enumerate(FAULTS, 1):
                await office.answer(number)
                trial.remote.faults.fail(fault)
                await office.worker(hasty).pay_due("builtin")
                office.clock.advance(1)
        trial.remote.faults.fail(None)
        await trial.remote.faults.done()
        for _ in range(3):
            office.clock.advance(3600)
            await office.worker(trial.desk).pay_due("builtin")
        owed = await debts(office.database)
        assert {one.state for one in owed} == {ObligationState.TICKETED}
        for one in owed:
            assert await trial.remote.tickets(one.call_id) == [one.ticket_number], one.call_id
