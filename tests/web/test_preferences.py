"""What agents choose for themselves."""

from tests.web.conftest import Site


async def test_choices_are_kept_and_shown(site: Site) -> None:
    await site.sign_in("zoe")
    before = await (await site.client.get("/preferences")).text()
    assert "data-theme" not in before
    chosen = {"language": "fr", "theme": "dark", "notifications": "on"}
    status, after = await site.post("/preferences", chosen, form="/preferences")
    assert status == 200
    assert '<html lang="fr" data-timezone="Europe/Paris" data-theme="dark">' in after
    assert 'content="dark"' in after
    assert 'name="notifications" checked' in after
    assert 'name="sound" checked' not in after
    console = await (await site.client.get("/")).text()
    assert 'data-theme="dark"' in console


async def test_what_is_no_choice_is_left_to_the_browser(site: Site) -> None:
    await site.sign_in("zoe")
    rubbish = {"language": "xx", "theme": 'dark" onload="', "sound": ""}
    _, after = await site.post("/preferences", rubbish, form="/preferences")
    assert '<html lang="en" data-timezone="Europe/Paris">' in after
    assert 'name="sound" checked' in after


async def test_choices_are_ones_own(site: Site) -> None:
    await site.sign_in("zoe")
    await site.post("/preferences", {"theme": "dark"}, form="/preferences")
    await site.post("/sign-out", {}, form="/preferences")
    await site.sign_in("ali")
    assert "data-theme" not in await (await site.client.get("/preferences")).text()
