"""What monitoring said on that morning: the bakery's backup, and a storm at the hauliers'."""

from datetime import timedelta

from callcenter.db.alerts import going_on
from tests.alerts import bodies
from tests.web.browser.cast import BAKERY, FIRMS, HAULIERS
from tests.web.browser.morning import NOW, Morning

DEVICES = 6
"""At the hauliers': more than have a ticket of their own."""


async def write(morning: Morning) -> None:
    """Two alerts of the bakery's backup, one of which is over; and six devices that are gone."""
    scene, said, there = morning.scene, morning.said, morning.there
    bakery, hauliers = FIRMS[BAKERY][0], FIRMS[HAULIERS][0]
    texts = (
        said(("Backup failed: the disk is full", "Sauvegarde en échec : le disque est plein")),
        said(("Disk 2 may fail soon", "Le disque 2 risque de tomber en panne")),
    )
    backup = [
        bodies.datto(
            str(number),
            site=bakery,
            device="durand-nas",
            device_id="7",
            priority=said(("High", "Haute")),
            message=text,
        )
        for number, text in enumerate(texts)
    ]
    scene.clock.now = NOW - timedelta(minutes=48)
    await scene.hear("rmm", *backup)
    gone = [
        bodies.prtg(sensorid=str(number), site=hauliers, device=f"herault-{number}", deviceid="")
        for number in range(DEVICES)
    ]
    scene.clock.now = NOW - timedelta(minutes=5)
    await scene.hear("prtg", *gone)
    await scene.hear("rmm", backup[1].replace(b"triggered", b"resolved"))
    scene.clock.now = NOW
    async with scene.database.reading() as connection:
        there["alerts"] = (await going_on(connection, 100))[-1].number
