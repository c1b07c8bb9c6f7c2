"""Categories: their tree, what choosing one means, and what makes no sense."""

from datetime import UTC, datetime

import pytest

from callcenter.db import categories, versions
from callcenter.db.categories import NAME_MAX, NOTHING, CategoryError, Chosen
from callcenter.db.engine import Database
from callcenter.db.trail import By
from callcenter.db.versions import StaleError

BY = By("super", datetime(2026, 11, 24, 9, 0, tzinfo=UTC))


async def test_they_are_a_tree_in_the_order_of_their_places(database: Database) -> None:
    async with database.transaction() as connection:
        assert not await categories.exist(connection)
        network = await categories.add(connection, "Network", position=2)
        printing = await categories.add(connection, " Printing\0  and scanning ", position=1)
        vpn = await categories.add(connection, "VPN", parent_id=network)
        wifi = await categories.add(connection, "Wi-Fi", parent_id=network)
        assert await categories.exist(connection)
    async with database.reading() as connection:
        found = await categories.tree(connection)
    assert [(one.id, one.name) for one in found] == [
        (printing, "Printing and scanning"),
        (network, "Network"),
    ]
    assert [one.id for one in found[1].below] == [vpn, wifi]


async def test_one_that_is_switched_off_is_offered_no_more(database: Database) -> None:
    async with database.transaction() as connection:
        network = await categories.add(connection, "Network")
        vpn = await categories.add(connection, "VPN", parent_id=network)
        (one,) = await categories.tree(connection)
        new = {"name": "Networks", "position": 3, "active": False, "by": BY}
        version = categories.version_of(one)
        await categories.change(connection, network, version=version, **new)
        with pytest.raises(StaleError):
            await categories.change(connection, network, version=version, **new)
        assert await categories.tree(connection) == ()
        assert not await categories.exist(connection)
        (kept,) = await categories.tree(connection, with_inactive=True)
        assert (kept.name, kept.position, kept.active) == ("Networks", 3, False)
        assert await categories.chosen(connection, vpn) == Chosen(network, vpn)


async def test_a_sub_category_brings_the_one_above_it(database: Database) -> None:
    async with database.transaction() as connection:
        network = await categories.add(connection, "Network")
        vpn = await categories.add(connection, "VPN", parent_id=network)
        assert await categories.chosen(connection, None) == NOTHING
        assert await categories.chosen(connection, network) == Chosen(network)
        assert await categories.chosen(connection, vpn) == Chosen(network, vpn)


async def test_what_makes_no_sense_is_refused_by_its_field(database: Database) -> None:
    async with database.transaction() as connection:
        network = await categories.add(connection, "Network")
        vpn = await categories.add(connection, "VPN", parent_id=network)
        await categories.add(connection, "VPN")  # the same name elsewhere is another category
        switch = {"position": 0, "active": True, "by": BY}
        seen = versions.version_of("Network", 0, True)
        for field, attempt in [
            ("name", categories.add(connection, " \0")),
            ("name", categories.add(connection, "x" * (NAME_MAX + 1))),
            ("name", categories.add(connection, "Network")),
            ("name", categories.add(connection, "VPN", parent_id=network)),
            ("parent", categories.add(connection, "Tunnels", parent_id=vpn)),
            ("category", categories.add(connection, "Tunnels", parent_id=9_999)),
            ("category", categories.chosen(connection, 9_999)),
            ("category", categories.change(connection, 9_999, name="Net", version=seen, **switch)),
            ("name", categories.change(connection, network, name="VPN", version=seen, **switch)),
        ]:
            with pytest.raises(CategoryError) as refused:
                await attempt
            assert refused.value.field == field
