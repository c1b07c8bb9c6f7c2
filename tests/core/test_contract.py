"""What a company's contracts are worth for a call today."""

from datetime import date, timedelta

import pytest

from callcenter.core.contract import Contract, Cover, best

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)

GOLD = Contract("Gold")
HARDWARE = Contract("Hardware", covers_support=False)
OVER = Contract("Old", ends_on=TODAY - DAY)
TO_COME = Contract("New", starts_on=TODAY + DAY)


@pytest.mark.parametrize(
    ("contract", "cover"),
    [
        (GOLD, Cover.COVERED),
        (HARDWARE, Cover.NOT_COVERED),
        (OVER, Cover.ENDED),
        (TO_COME, Cover.NOT_YET),
        (Contract("Last day", ends_on=TODAY), Cover.COVERED),
        (Contract("First day", starts_on=TODAY), Cover.COVERED),
        (Contract("Over", covers_support=False, ends_on=TODAY - DAY), Cover.ENDED),
    ],
)
def test_a_contract_counts_from_its_first_day_to_its_last(contract: Contract, cover: Cover) -> None:
    assert contract.cover(TODAY) is cover


@pytest.mark.parametrize(
    ("contracts", "expected"),
    [
        ([], None),
        ([OVER, HARDWARE, GOLD], (GOLD, Cover.COVERED)),
        ([OVER, TO_COME, HARDWARE], (HARDWARE, Cover.NOT_COVERED)),
        ([OVER, TO_COME], (TO_COME, Cover.NOT_YET)),
        ([GOLD, Contract("Silver")], (GOLD, Cover.COVERED)),
    ],
)
def test_the_one_that_covers_support_is_shown(
    contracts: list[Contract], expected: tuple[Contract, Cover] | None
) -> None:
    assert best(contracts, TODAY) == expected
