"""Whom a number belongs to, on both databases."""

from sqlalchemy import event

from callcenter.db.directory import BATCH, ContactMatch, caller_name, match
from callcenter.db.engine import Database
from callcenter.directory.importer import import_csv

FILE = """company,contact,phone,mobile,contract,account_owner,backup
Ardoise & Fils,,0199001100,,Gold,nadia,karim
Ardoise & Fils,Élise Vannier,,0639981122,,,
Ardoise & Fils,Marc Aubrée,0199001101,0639981133,,,
Ardoise & Fils,Zoé Aubrée,0199001101,,,,
Bleu Nuit,,0199001200,,,,
Bleu Nuit,Élise Vannier,0199001101,0639981144,,,
Ciel Ouvert,,0199001200,,,,
Ciel Ouvert,Ines Prat,0199001200,,,,
Dune,,0353011100,,,,
Estran,,0353011100,,,,
"""


async def names(database: Database, number: str) -> list[str] | None:
    async with database.reading() as connection:
        found = (await match(connection, [number])).get(number)
    return None if found is None else [contact.name for contact in found.contacts]


async def test_a_switchboard_belongs_to_its_company(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    async with database.reading() as connection:
        found = (await match(connection, ["+33199001100"]))["+33199001100"]
    assert (found.company, found.contract) == ("Ardoise & Fils", "Gold")
    assert (found.account_owner, found.backup) == ("nadia", "karim")
    assert found.contract_id is not None
    assert found.contacts == ()


async def test_contacts_of_several_companies_share_a_number(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    async with database.reading() as connection:
        found = (await match(connection, ["+33199001101"]))["+33199001101"]
    assert (found.company_id, found.company, found.contract, found.account_owner) == (None,) * 4
    assert sorted((contact.name, contact.company) for contact in found.contacts) == [
        ("Marc Aubrée", "Ardoise & Fils"),
        ("Zoé Aubrée", "Ardoise & Fils"),
        ("Élise Vannier", "Bleu Nuit"),
    ]


async def test_a_person_beats_the_switchboards(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    async with database.reading() as connection:
        found = (await match(connection, ["+33199001200"]))["+33199001200"]
    assert found.company == "Ciel Ouvert"
    assert [(contact.name, contact.company) for contact in found.contacts] == [
        ("Ines Prat", "Ciel Ouvert")
    ]
    assert isinstance(found.contacts[0], ContactMatch)


async def test_nobody_and_several_switchboards_are_not_in_the_answer(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    assert await names(database, "+33639989999") is None
    assert await names(database, "+33353011100") is None


async def test_many_numbers_are_matched_in_few_queries(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    wanted = [f"+3363998{number:04d}" for number in range(1000, 1000 + BATCH + 1)]
    statements: list[str] = []
    async with database.reading() as connection:
        event.listen(
            connection.sync_connection,
            "before_cursor_execute",
            lambda *arguments: statements.append(arguments[2].split()[0]),
        )
        found = await match(connection, wanted)
    assert set(found) == {"+33639981122", "+33639981133", "+33639981144"}
    assert statements.count("SELECT") == 2


async def test_a_telephone_shows_who_calls(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    async with database.reading() as connection:
        assert await caller_name(connection, "+33639981122") == "Élise Vannier - Ardoise & Fils"
        assert await caller_name(connection, "+33199001100") == "Ardoise & Fils"
        assert await caller_name(connection, "+33199001101") is None
        assert await caller_name(connection, "+33639989999") is None
