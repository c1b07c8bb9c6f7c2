"""Importing a directory file: what changes, what stays, what is counted."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from callcenter.db.directory import Match, match
from callcenter.db.engine import Database
from callcenter.db.schema import companies, contacts, contracts, telephone_numbers
from callcenter.directory.importer import ImportReport, import_csv
from callcenter.directory.sheet import DirectoryFileError

HEADER = "company,contact,phone,mobile,email,contract,account_owner,backup"
SWITCHBOARD, ELISE, MARC = "+33199001100", "+33639981122", "+33639981133"
FILE = f"""{HEADER}
Ardoise & Fils,,01 99 00 11 00,,,Gold,nadia,karim
Ardoise & Fils,Élise Vannier,,06 39 98 11 22,elise@ardoise.example,,,
Bleu Nuit,Marc Aubrée,,06 39 98 11 33,,Silver,karim,
"""


async def load(database: Database, *lines: str, header: str = HEADER) -> ImportReport:
    return await import_csv(database, "\n".join([header, *lines]), country="FR")


async def found(database: Database, number: str) -> Match | None:
    async with database.reading() as connection:
        return (await match(connection, [number])).get(number)


async def holders(database: Database, number: str) -> list[str]:
    known = await found(database, number)
    return [] if known is None else [contact.name for contact in known.contacts]


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, len(report.bad_rows)


async def test_a_file_is_imported_and_again_changes_nothing(database: Database) -> None:
    assert counts(await import_csv(database, FILE, country="FR")) == (3, 0, 0, 0)
    assert counts(await import_csv(database, FILE, country="FR")) == (0, 0, 3, 0)
    known = await found(database, SWITCHBOARD)
    assert known is not None
    assert (known.company, known.contract, known.contacts) == ("Ardoise & Fils", "Gold", ())
    assert (known.account_owner, known.backup) == ("nadia", "karim")
    assert await holders(database, ELISE) == ["Élise Vannier"]


async def test_good_rows_are_kept_beside_bad_ones(database: Database) -> None:
    report = await load(database, "Ardoise,Élise,101,,,,,", "Bleu Nuit,Marc,,0639981133,,,,")
    assert counts(report) == (1, 0, 0, 1)
    assert str(report.bad_rows[0]).startswith("line 2: phone '101'")
    assert await holders(database, MARC) == ["Marc"]


async def test_a_company_has_one_owner_and_a_row_that_says_another_is_bad(
    database: Database,
) -> None:
    report = await load(database, "Ardoise,,,,,,nadia,", "Ardoise,Élise,,0639981122,,,karim,")
    assert counts(report) == (1, 0, 0, 1)
    assert "has account_owner 'nadia' in an earlier row, and 'karim' here" in str(
        report.bad_rows[0]
    )
    assert await holders(database, ELISE) == []


async def test_a_number_that_moved_to_another_person_follows(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    report = await load(
        database,
        "Ardoise & Fils,Élise Vannier,,06 39 98 11 44,elise@ardoise.example,,,",
        "Bleu Nuit,Marc Aubrée,,06 39 98 11 22,,Silver,karim,",
        header=HEADER,
    )
    assert report.updated == 2
    assert await holders(database, ELISE) == ["Marc Aubrée"]
    assert await holders(database, MARC) == []


async def test_a_person_who_changed_company_takes_the_number_along(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    await load(database, "Bleu Nuit,Élise Vannier,,06 39 98 11 22,,Silver,karim,")
    known = await found(database, ELISE)
    assert known is not None
    assert known.company == "Bleu Nuit"
    assert len(known.contacts) == 1


async def test_one_file_may_give_a_number_to_several(database: Database) -> None:
    await load(
        database,
        "Ardoise,Élise,0199001100,,,,,",
        "Ardoise,Marc,0199001100,,,,,",
        "Ardoise,,0199001100,,,,,",
    )
    assert sorted(await holders(database, SWITCHBOARD)) == ["Marc", "Élise"]


async def test_an_empty_cell_empties_and_an_absent_column_leaves_alone(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    await load(database, "Ardoise & Fils,", header="company,account_owner")
    known = await found(database, SWITCHBOARD)
    assert known is not None
    assert (known.account_owner, known.backup, known.contract) == (None, "karim", "Gold")
    assert await holders(database, ELISE) == ["Élise Vannier"]


async def test_a_contract_under_a_new_name_stays_the_same_contract(database: Database) -> None:
    await load(database, "Ardoise,Gold", header="company,contract")
    async with database.reading() as connection:
        before = (await connection.execute(select(contracts.c.id))).scalars().all()
    assert counts(await load(database, "Ardoise,Platinum", header="company,contract"))[1] == 1
    async with database.reading() as connection:
        after = (await connection.execute(select(contracts.c.id, contracts.c.name))).all()
    assert [tuple(row) for row in after] == [(before[0], "Platinum")]
    await load(database, "Ardoise,", header="company,contract")
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(contracts)) == 0


async def test_nobody_is_removed_by_a_file_that_does_not_name_them(database: Database) -> None:
    await import_csv(database, FILE, country="FR")
    await load(database, "Ciel Ouvert,,0199001199,,,,,")
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(companies)) == 3
        assert await connection.scalar(select(func.count()).select_from(contacts)) == 2


async def test_an_unusable_file_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(FILE.encode("latin-1"))
    with pytest.raises(DirectoryFileError, match="Latin-1"):
        await import_csv(database, path, country="FR")
    with pytest.raises(DirectoryFileError, match="cannot be read"):
        await import_csv(database, tmp_path / "absent.csv", country="FR")
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(companies)) == 0


async def test_a_file_of_ten_thousand_rows(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    rows = [
        f"Société {n // 5},Contact {n},,0639 98 {n:04d},c{n}@societe.example,Gold,nadia,karim"
        for n in range(10_000)
    ]
    path.write_text(f"{HEADER}\n" + "\n".join(rows) + "\n", encoding="utf-8-sig")
    assert counts(await import_csv(database, path, country="FR")) == (10_000, 0, 0, 0)
    assert counts(await import_csv(database, path, country="FR")) == (0, 0, 10_000, 0)
    async with database.reading() as connection:
        stored = await connection.scalar(select(func.count()).select_from(telephone_numbers))
    assert stored == 10_000
