"""Each kind of desk that a house may have is one that the service takes."""

import tomllib
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import TypeAdapter

from callcenter.config import RemoteDesk
from callcenter.desks.desk import Hears, Reads, TicketState
from callcenter.wiring.remote_desks import remote_desk
from tests.chaos.desks import KINDS
from tests.chaos.run import DATABASES, Run
from tests.desks.remote import real_now
from tests.desks.test_builtin import DRAFT

ADAPTER: TypeAdapter[RemoteDesk] = TypeAdapter(RemoteDesk)


@pytest.mark.parametrize("kind", KINDS)
async def test_its_tickets_are_counted_closed_and_told_of(kind: str, tmp_path: Path) -> None:
    async with KINDS[kind](tmp_path) as there:
        (table,) = tomllib.loads(there.toml())["desk"]
        async with remote_desk(ADAPTER.validate_python(table), real_now) as desk:
            await desk.check()
            wanted = replace(DRAFT, key=str(uuid4()))
            ref = await desk.create(wanted)
            assert [(number, key) for number, key, _ in there.made()] == [(ref.number, wanted.key)]
            if there.close is None:
                return
            assert isinstance(desk, Hears) and isinstance(desk, Reads)
            (event,) = desk.parse_webhook(*there.close(ref.number))
            ticket = await desk.get(event.number)
            assert ticket is not None
            assert ticket.state is TicketState.CLOSED


def test_seeds_lead_to_every_kind_and_to_another_on_each_database() -> None:
    runs = [Run(seed=seed, calls=1, per_s=1, say=print) for seed in range(40)]
    chosen = [[run.desk_of(database) for database in DATABASES] for run in runs]
    assert {kind for one in chosen for kind in one} == set(KINDS)
    assert all(len(set(one)) == len(one) for one in chosen)
    assert Run(seed=1, calls=1, per_s=1, desk="glpi", say=print).desk_of("SQLite") == "glpi"
