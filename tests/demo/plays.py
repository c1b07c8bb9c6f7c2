"""Play a script in no time."""

from random import Random

from callcenter.demo.casting import Caller, Casting, Numbering, Phone
from callcenter.demo.people import AGENTS
from callcenter.demo.scripts import Script

STARTED_AT = 1795435171.0
CALLER = Caller("+33465719999", "L'Atelier")


def cast(script: Script, phones: tuple[Phone, ...] = AGENTS) -> Casting:
    roles = (*script.cast.leads, *script.cast.extras)
    return Casting(
        script,
        CALLER,
        dict(zip(roles, phones, strict=False)),
        queue="hotline",
        extension="0199001234",
        started_at=STARTED_AT,
        numbering=Numbering(Random(1)),
    )


def play(script: Script, casting: Casting) -> list[dict[str, str]]:
    beats = filter(casting.plays, script.beats)
    return [casting.rewrite(beat, STARTED_AT + beat.at_s) for beat in beats]
