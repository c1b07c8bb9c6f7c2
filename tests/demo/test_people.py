"""The invented people."""

import csv
import re
from random import Random

from callcenter.demo.people import AGENTS, ANONYMOUS, DIRECTORY, FICTIONAL, Callers
from callcenter.directory.row import COLUMNS, read_row

FICTION = re.compile(rf"(?:0|\+33|0033)(?:{'|'.join(each[1:] for each in FICTIONAL)})\d{{4}}")


def rows() -> list[dict[str, str]]:
    with DIRECTORY.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_directory_can_be_imported_without_a_bad_row() -> None:
    assert tuple(rows()[0]) == COLUMNS
    for line, row in enumerate(rows(), start=2):
        read_row(line, row, country="FR")


def test_every_number_is_one_kept_for_fiction() -> None:
    numbers = [row[column] for row in rows() for column in ("phone", "mobile") if row[column]]
    assert [each for each in numbers if not FICTION.fullmatch(each.replace(" ", ""))] == []


def test_account_owners_and_backups_are_agents() -> None:
    names = {agent.name for agent in AGENTS}
    assert {row["account_owner"] for row in rows()} | {row["backup"] for row in rows()} <= names


def test_callers_are_known_unknown_and_anonymous() -> None:
    callers = Callers(Random(1))
    called = [callers.next() for _ in range(500)]
    known = {row[column].replace(" ", "") for row in rows() for column in ("phone", "mobile")}
    national = [re.sub(r"^(\+33|0033)", "0", each.number) for each in called]
    assert ANONYMOUS in called
    assert any(each in known for each in national)
    assert any(each not in known for each in national if each != ANONYMOUS.number)
    assert all(FICTION.fullmatch(each.number) for each in called if each is not ANONYMOUS)


def test_the_same_seed_gives_the_same_callers() -> None:
    one, two = Callers(Random(5)), Callers(Random(5))
    assert [one.next() for _ in range(20)] == [two.next() for _ in range(20)]
