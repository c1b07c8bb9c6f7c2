"""What customers of the portal wrote the Friday before, and were answered."""

from collections.abc import Sequence
from datetime import timedelta

from callcenter.db import agents
from tests.web.browser.cast import BAKERY, HOTEL
from tests.web.browser.morning import NOW, Morning


async def write(morning: Morning) -> None:
    """Lucie has tickets in every state; Yann's company has none. Both may sign in."""
    scene, said, there = morning.scene, morning.said, morning.there
    async with scene.database.reading() as connection:
        zoe = await agents.by_login(connection, "zoe")
    assert zoe
    scene.clock.now = NOW - timedelta(days=3)
    company, people = morning.firm(BAKERY)
    lucie = await scene.customer("lucie", company, people[0], name="Lucie Petit")
    company, people = morning.firm(HOTEL)
    await scene.customer("yann", company, people[0], name="Yann Le Goff")
    licence = await scene.ask(
        lucie,
        said(("Which licence do we need for the new till?", "Quelle licence pour la caisse ?")),
        said(("For the shop in rue des Halles.", "Pour la boutique de la rue des Halles.")),
    )
    how_many = said(("How many people will use it?", "Combien de personnes l’utiliseront ?"))
    await scene.note(licence, how_many, is_public=True, agent_id=zoe.id)
    ask_marc = said(("Marc knows their old contract.", "Marc connaît leur ancien contrat."))
    await scene.note(licence, ask_marc, is_public=False, agent_id=zoe.id)
    await scene.set_status(licence, "waiting")
    there["customers"] = licence
    printer = await scene.ask(
        lucie,
        said(("The printer in the office is offline", "L’imprimante du bureau est hors ligne")),
        said(("Its display says: check the cable.", "Elle affiche : vérifiez le câble.")),
    )
    await scene.complete(printer, said(("Cable plugged in again.", "Câble rebranché.")))
    wishes: Sequence[tuple[str, str]] = (
        ("A telephone for the new trainee", "Un téléphone pour la nouvelle apprentie"),
        ("She starts on the first of December.", "Elle commence le premier décembre."),
    )
    there["new_request"] = await scene.ask(lucie, *map(said, wishes))
    scene.clock.now = NOW
