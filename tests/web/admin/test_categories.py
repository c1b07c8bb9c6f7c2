"""The page of the categories."""

import re

from tests.web.conftest import Site

PAGE = "/admin/categories"


async def test_they_have_two_levels_an_order_and_a_switch(site: Site) -> None:
    await site.sign_in("super")
    assert (await site.post(PAGE, {"name": "Network", "position": "2"}, form=PAGE))[0] == 200
    assert (await site.post(PAGE, {"name": "Wi-Fi", "parent": "1"}, form=PAGE))[0] == 200
    _, page = await site.post(PAGE, {"name": "Printing", "position": "1"}, form=PAGE)
    assert page.index(">Printing<") < page.index(">Network<") < page.index(">Wi-Fi<")
    version = re.search(r'categories/1".*?name="version" value="(\w+)"', page, re.DOTALL)
    assert version
    fields = {"name": "Networks", "position": "0", "version": version[1]}
    status, text = await site.post(f"{PAGE}/1", fields, form=PAGE)
    assert status == 200
    assert text.index(">Networks<") < text.index(">Printing<")
    assert "Switched off" in text
    status, text = await site.post(f"{PAGE}/1", fields | {"name": "Net"}, form=PAGE)
    assert status == 409
    assert "<dd>Networks</dd>" in text
    assert 'value="Net"' in text


async def test_a_name_that_is_taken_is_refused_where_it_was_written(site: Site) -> None:
    await site.sign_in("super")
    await site.post(PAGE, {"name": "Network"}, form=PAGE)
    status, text = await site.post(PAGE, {"name": "Network"}, form=PAGE)
    assert status == 422
    assert "that no other has here" in text
    assert (await site.post(f"{PAGE}/9", {"name": "x"}, form=PAGE))[0] == 422
