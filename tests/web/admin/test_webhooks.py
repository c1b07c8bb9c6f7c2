"""The pages of webhooks."""

import re

import pytest

from callcenter.core.delivery import Why
from callcenter.db import deliveries, destinations, trail
from callcenter.db.destinations import Destination
from callcenter.db.trail import Action
from tests.web.conftest import Site
from tests.webhooks.destinations import BY, added, failing
from webhooks import WebhookType

PAGE = "/admin/webhooks"
NEW = f"{PAGE}/new"
FIELDS = {"name": "Monitoring", "url": "https://hooks.example/calls", "type:call.missed": "on"}


async def get(site: Site, path: str) -> str:
    response = await site.client.get(path)
    assert response.status == 200
    return await response.text()


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)
    assert found
    return found[1]


async def destination(site: Site, key: int = 1) -> Destination:
    async with site.scene.database.reading() as connection:
        found = await destinations.get(connection, key)
    assert found is not None
    return found


async def actions(site: Site) -> list[Action]:
    async with site.scene.database.reading() as connection:
        found = await trail.page(connection, trail.TrailFilter(), after=None, limit=99)
    return [one.action for one in found.entries]


async def test_a_destination_is_added_and_its_secret_is_shown_once(root: Site) -> None:
    secret = field(await get(root, NEW), "secret")
    status, page = await root.post(NEW, FIELDS | {"secret": secret}, form=PAGE)
    assert status == 200
    assert "Monitoring" in page
    assert secret not in page
    found = await destination(root)
    assert (found.types, found.lines, found.secrets) == (
        (WebhookType.CALL_MISSED,),
        None,
        (secret,),
    )
    assert "Not tried yet" in await get(root, PAGE)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": ""}, "A destination needs a name."),
        ({"url": "http://hooks.example/"}, "over https:// alone"),
        ({"url": "nowhere"}, "This is no address"),
        ({"secret": "whsec_x"}, "24 to 64 bytes"),
    ],
)
async def test_what_cannot_be_is_said_and_what_was_typed_stays(
    root: Site, wrong: dict[str, str], said: str
) -> None:
    secret = destinations.new_secret()
    fields = FIELDS | {"secret": secret} | wrong
    status, page = await root.post(NEW, fields, form=PAGE)
    assert status == 422
    assert said in page
    assert 'name="type:call.missed" checked' in page


async def test_who_edits_an_old_page_is_shown_what_it_is_now(root: Site) -> None:
    async with root.scene.database.transaction() as connection:
        key = await added(connection)
    address = f"{PAGE}/{key}"
    version = field(await get(root, address), "version")
    fields = FIELDS | {"version": version, "ours": "on", "url": "http://pbx.lan/"}
    assert (await root.post(address, fields, form=address))[0] == 200
    assert (await destination(root)).may_be_private
    status, page = await root.post(address, fields | {"name": "Other"}, form=address)
    assert status == 409
    assert "<dd>http://pbx.lan/</dd>" in page


async def test_a_secret_is_rotated_and_the_old_one_is_removed(root: Site) -> None:
    async with root.scene.database.transaction() as connection:
        key = await added(connection)
    address, (old,) = f"{PAGE}/{key}", (await destination(root)).secrets
    new = field(await get(root, address), "secret")
    fields = {"do": "rotate", "secret": new}
    _, page = await root.post(f"{address}/secret", fields, form=address)
    assert "Two secrets are valid" in page
    assert new not in page
    assert (await destination(root)).secrets == (new, old)
    await root.post(f"{address}/secret", {"do": "end"}, form=address)
    assert (await destination(root)).secrets == (new,)
    assert await actions(root) == [
        Action.WEBHOOK_SECRET_REMOVED,
        Action.WEBHOOK_SECRET_ADDED,
        Action.WEBHOOK_ADDED,
    ]


async def test_that_it_was_switched_off_is_said_and_it_is_switched_on(root: Site) -> None:
    async with root.scene.database.transaction() as connection:
        key = await added(connection)
        await destinations.switch_off(connection, key, Why.GONE, BY)
    assert "it answered that it is gone (410)" in await get(root, PAGE)
    address = f"{PAGE}/{key}"
    _, page = await root.post(f"{address}/switch", {"do": "on"}, form=address)
    assert "It is told again." in page
    _, page = await root.post(f"{address}/switch", {"do": "off"}, form=address)
    assert "It is told nothing more." in page
    assert (await destination(root)).disabled_because is Why.ADMIN


async def test_its_messages_are_shown_with_their_attempts_and_sent_again(root: Site) -> None:
    key = await failing(root.scene.database)
    address = f"{PAGE}/{key}"
    page = await get(root, address)
    assert ">500</span>" in page
    assert "41 ms" in page
    assert "All that failed 1" in " ".join(page.split())
    _, page = await root.post(f"{address}/replay", {}, form=address)
    assert "They are being sent." in page
    async with root.scene.database.reading() as connection:
        assert (await deliveries.counts(connection))[key] == deliveries.Counts(waiting=2)
    status, page = await root.post(f"{address}/replay", {"do": "range"}, form=address)
    assert status == 422
    assert "From when on?" in page
    fields = {"do": "range", "since": "2026-11-23T00:00", "until": "2026-11-24T00:00"}
    assert (await root.post(f"{address}/replay", fields, form=address))[0] == 200
    assert (await root.post(f"{address}/replay", {"delivery": "1"}, form=address))[0] == 200
    assert (await actions(root))[:3] == [Action.WEBHOOK_REPLAYED] * 3


async def test_the_button_sends_a_test(root: Site) -> None:
    key = await failing(root.scene.database)
    address = f"{PAGE}/{key}"
    status, page = await root.post(f"{address}/test", {}, form=address)
    assert status == 200
    assert "A test was sent" in page


async def test_zammad_s_caller_log_is_added_by_its_endpoint_and_its_token_is_hidden(
    root: Site,
) -> None:
    assert "?kind=zammad_cti" in await get(root, PAGE)
    new, endpoint = f"{NEW}?kind=zammad_cti", "https://zammad.example/api/v1/cti"
    page = await get(root, new)
    assert "Add Zammad’s caller log" in page
    assert 'name="secret"' not in page
    fields = {"kind": field(page, "kind"), "name": "Zammad"}
    status, page = await root.post(NEW, fields | {"url": endpoint}, form=new)
    assert status == 422
    assert "The token at its end is missing" in page
    assert "Add Zammad’s caller log" in page
    _, page = await root.post(NEW, fields | {"url": f"{endpoint}/PhXp3ZG63QyJ"}, form=new)
    assert "PhXp3ZG63QyJ" not in page
    assert f'value="{endpoint}"' in page
    found = await destination(root)
    assert (found.kind, found.secrets) == (destinations.Kind.ZAMMAD_CTI, ("PhXp3ZG63QyJ",))


async def test_a_caller_log_is_not_told_again_and_has_no_secret_but_its_token(root: Site) -> None:
    wanted = destinations.Wanted(
        "Zammad",
        "https://zammad.example/api/v1/cti/token",
        (),
        kind=destinations.Kind.ZAMMAD_CTI,
    )
    async with root.scene.database.transaction() as connection:
        key = await destinations.add(connection, wanted, "", BY)
    address = f"{PAGE}/{key}"
    page = await get(root, address)
    for button, do in (("replay", ""), ("secret", "rotate")):
        assert f'action="{address}/{button}"' not in page
        fields = {"do": do, "secret": destinations.new_secret()}
        assert (await root.post(f"{address}/{button}", fields, form=address))[0] == 404
    assert (await destination(root)).secrets == ("token",)


async def test_it_is_removed_with_its_messages_after_a_second_look(root: Site) -> None:
    key = await failing(root.scene.database)
    address = f"{PAGE}/{key}"
    assert f'href="{address}/remove"' in await get(root, address)
    page = await get(root, f"{address}/remove")
    assert "Its secrets are erased at once" in page
    form = f"{address}/remove"
    assert (await root.post(form, {"version": "old"}, form=form))[0] == 409
    status, page = await root.post(form, {"version": field(page, "version")}, form=form)
    assert (status, "The destination is removed." in page) == (200, True)
    assert (await root.client.get(address)).status == 404
    assert (await root.client.get(form)).status == 404
    for path, fields in (("switch", {"do": "on"}), ("test", {})):
        assert (await root.post(f"{address}/{path}", fields, form=PAGE))[0] in (404, 422)
    assert "Monitoring" not in await get(root, PAGE)
    async with root.scene.database.reading() as connection:
        found = await trail.page(connection, trail.TrailFilter(), after=None, limit=1)
    (noted,) = found.entries
    assert (noted.action, noted.actor) == (Action.WEBHOOK_REMOVED, "root")
    assert noted.data == {"webhook": "Monitoring"}
    assert "Removed a destination of webhooks" in await get(root, "/admin/trail")
