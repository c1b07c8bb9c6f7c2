"""Who did what: every action in words, narrowed by who, what, when and what it was done to."""

from callcenter.db import trail
from callcenter.db.trail import Action, By
from tests.web.conftest import Site


async def note(site: Site, action: Action, actor: str | None = "super", **data: str) -> None:
    async with site.scene.database.transaction() as connection:
        await trail.note(connection, action, now=site.scene.clock(), actor=actor, **data)


async def rows(site: Site, query: str = "") -> tuple[int, str]:
    text = await (await site.client.get(f"/admin/trail{query}")).text()
    body = text.partition("<tbody>")[2].partition("</tbody>")[0]
    return body.count("<tr>"), text


async def test_every_action_has_words(site: Site) -> None:
    await site.sign_in("super")
    for action in Action:
        await note(site, action)
    for language in ("fr", "en"):
        await site.post("/language", {"language": language})
        _, text = await rows(site)
        assert [action for action in Action if action.value in text] == []


async def test_it_is_narrowed_by_who_what_when_and_what_it_was_done_to(site: Site) -> None:
    async with site.scene.database.transaction() as connection:
        changes = {"name": ("Zoe", "Zoé")}
        who = By("super", site.scene.clock())
        await trail.note_change(
            connection, Action.AGENT_CHANGED, who, about="agent:1", changes=changes
        )
    site.scene.clock.advance(days=1)
    await site.sign_in("super")
    await note(site, Action.OBLIGATION_REOPENED, None)
    await note(site, Action.EXEMPTION_GRANTED, "zoe", reason="test")
    assert (await rows(site))[0] == 3
    assert (await rows(site, "?what=agent"))[0] == 1
    assert (await rows(site, "?what=nonsense"))[0] == 3
    assert (await rows(site, "?who=service"))[0] == 1
    assert (await rows(site, "?who=1"))[0] == 1  # Zoé is the site's first agent
    assert (await rows(site, "?from=2026-11-24"))[0] == 2
    assert (await rows(site, "?to=2026-11-23"))[0] == 1
    assert (await rows(site, "?from=yesterday"))[0] == 3
    count, text = await rows(site, "?about=agent:1")
    assert count == 1
    assert "<del>Zoe</del> <ins>Zoé</ins>" in text


async def test_its_pages_follow_one_another(site: Site) -> None:
    await site.sign_in("super")
    for number in range(60):
        await note(site, Action.EXEMPTION_ASKED, reason=f"reason {number}")
    count, text = await rows(site)
    assert count == 50
    link = text.partition('rel="next" href="/admin/trail')[2].partition('"')[0]
    rest, older = await rows(site, link.replace("&amp;", "&"))
    assert rest == 10
    assert "reason 9<" in older
    assert "reason 10<" not in older
    assert (await site.client.get("/admin/trail?after=2026-11-23T09:00:00%2B00:00~x")).status == 404
