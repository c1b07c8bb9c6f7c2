"""Each configured desk is what its kind says, for as long as the service runs."""

import tomllib
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest
from pydantic import BaseModel, SecretStr

from callcenter import config
from callcenter.config import Settings
from callcenter.db.engine import Database
from callcenter.desks.autotask import AutotaskDesk
from callcenter.desks.builtin import BuiltinDesk
from callcenter.desks.desk import Writes
from callcenter.desks.generic import GenericDesk
from callcenter.desks.rt import RtDesk
from callcenter.wiring.desks import open_desks
from callcenter.wiring.remote_desks import remote_desk
from tests.desks.remote import NEWER, OLDER, real_now

DESKS = [
    {"name": "builtin", "kind": "builtin"},
    {
        "name": "remote",
        "kind": "generic",
        "url": "https://desk.example.com/tickets/",
        "secret": f"{NEWER} {OLDER}",
        "ticket_url": "https://desk.example.com/read/{number}",
        "searchable": False,
        "settles_s": 7,
    },
    {
        "name": "tracker",
        "kind": "rt",
        "url": "https://rt.example.com/",
        "token": "1-14-hush",
        "queue": "Support",
        "users": {"nadia": "nmartin"},
    },
    {
        "name": "psa",
        "kind": "autotask",
        "username": "callcenter@example.com",
        "secret": "hush",
        "integration_code": "CODE",
        "queue": "Support",
        "issue_type": "Telephony",
        "priorities": {"high": "High"},
        "users": {"nadia": "nmartin"},
        "company_id": 174,
        "due_h": 4,
        "udf": "Call ID",
        "impersonate": True,
        "time_entries": True,
        "work_type": "Remote Support",
        "webhook_secret": "0123456789abcdef",
    },
]


async def test_each_desk_is_of_its_kind_and_closed_at_the_end(sqlite_database: Database) -> None:
    settings = Settings.model_validate({"desk": DESKS})
    async with open_desks(settings, sqlite_database, "http://callcenter.test", real_now) as desks:
        assert isinstance(desks["builtin"], BuiltinDesk)
        remote = desks["remote"]
        assert isinstance(remote, GenericDesk)
        assert (remote.url, remote.secrets) == ("https://desk.example.com/tickets", (NEWER, OLDER))
        assert (remote.ticket_url, remote.searchable, remote.settles_s) == (
            "https://desk.example.com/read/{number}",
            False,
            7,
        )
        assert not remote.client.session.closed
        tracker = desks["tracker"]
        assert isinstance(tracker, RtDesk)
        assert (tracker.url, tracker.token) == ("https://rt.example.com", "1-14-hush")
        assert (tracker.queue, tracker.custom_field) == ("Support", "CallID")
        assert tracker.users == {"nadia": "nmartin"}
        assert not tracker.client.session.closed
        psa = desks["psa"]
        assert isinstance(psa, AutotaskDesk)
        assert psa.api.zones_url == "https://webservices2.autotask.net"
        assert (psa.api.secret, psa.webhook_secret) == ("hush", "0123456789abcdef")
        labels = psa.picklists.labels
        assert (labels.queue, labels.issue_type) == ("Support", "Telephony")
        assert (psa.parties.default, psa.due) == (174, timedelta(hours=4))
        assert psa.udf == psa.picklists.udf == "Call ID"
        assert psa.impersonates
        assert (psa.people.users, psa.directory.users) == ({"nadia": "nmartin"},) * 2
        assert psa.picklists.filing.priorities == {"high": "High"}
        assert (psa.timesheet.has_entries, psa.timesheet.has_secondaries) == (True, False)
        assert psa.timesheet.work_type == "Remote Support"
    assert remote.client.session.closed
    assert tracker.client.session.closed


FILED = ("priorities", "categories")
PAGES = Path(__file__).parents[2] / "docs" / "desks"


@pytest.mark.parametrize(
    "kind", ["django-helpdesk", "freshdesk", "osticket", "zammad", "zendesk", "znuny"]
)
async def test_all_that_its_page_shows_reaches_the_desk(kind: str) -> None:
    text = (PAGES / f"{kind}.md").read_text(encoding="utf-8")
    shown = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0])
    (table,) = Settings.model_validate(shown).desks
    assert not isinstance(table, config.BuiltinDesk)
    async with remote_desk(table, real_now) as desk:
        for name in shown["desk"][0].keys() - {"kind"}:
            configured = getattr(table, name)
            holder = cast("Writes", desk).filing if name in FILED else desk
            reached = getattr(holder, name)
            if isinstance(configured, SecretStr):
                assert name not in repr(desk)
                configured = configured.get_secret_value()
            if isinstance(configured, BaseModel):
                configured = configured.model_dump()
            if name == "directory":  # the desk has what reads it
                reached = reached is not None
            assert reached == configured, name
