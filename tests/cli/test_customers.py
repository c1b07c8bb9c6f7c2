"""Customers of the portal: what the commands do to the database."""

import asyncio
from pathlib import Path

import pytest

from callcenter.cli.options import migrated_database
from callcenter.config import load
from callcenter.db import customers
from callcenter.db.customers import Customer
from callcenter.web.passwords import Passwords
from tests.cli.conftest import Call

ADD = ("customer", "add", "lucie", "--name", "Lucie Petit", "--company", "Acme")

pytestmark = pytest.mark.usefixtures("acme")


def lucie(config: Path) -> Customer:
    async def read() -> Customer | None:
        async with migrated_database(load(config, {})) as database, database.reading() as view:
            return await customers.by_login(view, "lucie")

    found = asyncio.run(read())
    assert found is not None
    return found


def is_password(customer: Customer, password: str) -> bool:
    async def verify() -> bool:
        return await Passwords().verify(customer.password_hash, password)

    return asyncio.run(verify())


def test_a_customer_is_added_with_a_password_that_is_printed(call: Call, config: Path) -> None:
    result = call(*ADD, "--contact", "Lucie Petit")
    assert result.exit_code == 0, result.output
    assert "the portal is off" in result.stderr
    added = lucie(config)
    assert (added.company, added.contact_id, added.name) == ("Acme", 7, "Lucie Petit")
    assert is_password(added, result.stdout.split()[-1])


def test_a_password_is_given_anew(call: Call, config: Path) -> None:
    call(*ADD)
    result = call("customer", "password", "lucie", "--password-file", "-", input="hush hush\n")
    assert result.output == "lucie has another password\n"
    assert is_password(lucie(config), "hush hush")


def test_who_is_disabled_is_listed_so_until_they_are_enabled(call: Call, config: Path) -> None:
    call(*ADD)
    assert call("customer", "list").stdout == "Acme: lucie (Lucie Petit)\n"
    assert call("customer", "disable", "lucie").exit_code == 0
    assert call("customer", "list").stdout == "Acme: lucie (Lucie Petit), disabled\n"
    assert not lucie(config).active
    assert call("customer", "enable", "lucie").exit_code == 0
    assert lucie(config).active


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (ADD, "there is already a customer"),
        ((*ADD[:-1], "Nowhere"), "there is no company 'Nowhere'"),
        ((*ADD, "--contact", "Nobody"), "Acme has no contact 'Nobody'"),
        (("customer", "disable", "nobody"), "there is no customer 'nobody'"),
        (("customer", "password", "nobody"), "there is no customer 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_told(call: Call, words: tuple[str, ...], told: str) -> None:
    call(*ADD)
    result = call(*words)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.stderr
