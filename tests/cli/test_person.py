"""Requests of people: what the commands say, and that a wrong number is told."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import insert

from callcenter.cli.options import migrated_database
from callcenter.config import load
from callcenter.db.schema import companies, contacts, telephone_numbers
from tests.cli.conftest import Call


@pytest.fixture(autouse=True)
def acme(config: Path) -> None:
    """A company with a contact who has a number."""

    async def write() -> None:
        async with (
            migrated_database(load(config, {})) as database,
            database.transaction() as connection,
        ):
            await connection.execute(insert(companies).values(id=1, name="Acme"))
            person = {"id": 7, "company_id": 1, "name": "Lucie Petit"}
            await connection.execute(insert(contacts).values(person))
            number = {"e164": "+33639981122", "company_id": 1, "contact_id": 7}
            await connection.execute(insert(telephone_numbers).values(number))

    asyncio.run(write())


def test_somebody_is_written_down_and_then_erased(call: Call) -> None:
    told = call("person", "export", "--contact", "7")
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["contact"]["name"] == "Lucie Petit"
    done = call("person", "erase", "--contact", "7", input="y\n")
    assert done.exit_code == 0, done.output
    assert "what webhooks told other programs" in done.output
    assert "639981122" not in done.output
    gone = call("person", "export", "--contact", "7")
    assert gone.exit_code == 2
    assert "there is no contact 7" in gone.stderr


def test_a_number_may_be_typed_instead(call: Call) -> None:
    told = call("person", "export", "-", input="06 39 98 11 22\n")
    assert json.loads(told.stdout)["directory_numbers"][0]["contact"] == 7


def test_nothing_is_erased_without_a_yes(call: Call) -> None:
    assert call("person", "erase", "--contact", "7", input="n\n").exit_code == 1
    assert call("person", "export", "--contact", "7").exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("export", "12"), "no telephone number as people of FR write it"),
        (("export", "0536490000"), "nothing is kept of that number"),
        (("erase",), "give either a NUMBER or --contact ID"),
        (("erase", "0639981122", "--contact", "7"), "give either a NUMBER or --contact ID"),
        (("erase", "anonymous", "--yes"), "no telephone number"),
    ],
)
def test_who_is_nobody_is_told(call: Call, words: tuple[str, ...], said: str) -> None:
    result = call("person", *words)
    assert result.exit_code == 2
    assert said in result.stderr
