"""Calls all the time: a SIPp process for each telephone, and one for the callers of each line."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from random import Random

from tests.chaos import callers, scenarios
from tests.rig.net import Net
from tests.rig.rig import CALLS_FROM_PORT, SIP_PORT
from tests.rig.sipp import FIRST_MEDIA_PORT, Sipp

UNHEARD_S = 12
"""A side that hears nothing of an Asterisk which was killed gives the call up."""

AT_ONCE = 300
"""Calls that a line's callers may have open together: more than ever come to that."""


GIVES_UP = ("-recv_timeout", str(UNHEARD_S * 1000))


class Load:
    """Telephones and callers on one PBX's network. ``folder`` keeps what they logged."""

    def __init__(self, net: Net, folder: Path) -> None:
        self._net = net
        self._folder = folder
        self.telephones: list[Sipp] = []
        self.callers: list[Sipp] = []
        self.lasts_s = 0.0  # from the first call's beginning to the last one's

    def staff(self, count: int) -> None:
        """Put a telephone on each of the first addresses."""
        for index in range(count):
            scenario = scenarios.telephone(index, count)
            name, address = f"telephone-{index}", self._net.telephone(index)
            telephone = self._sipp(name, scenario, address, SIP_PORT, len(self.telephones))
            telephone.start(*GIVES_UP)
            self.telephones.append(telephone)

    def call(self, numbers: Mapping[str, Sequence[str]], per_s: float) -> None:
        """Let these customers call each extension, so many a second and extension."""
        for index, (extension, customers) in enumerate(numbers.items()):
            listed = self._folder / f"callers-{extension}.csv"
            listed.write_text("\n".join(["SEQUENTIAL", *(f"{one};" for one in customers), ""]))
            name, port = f"callers-{extension}", CALLS_FROM_PORT + index
            sipp = self._sipp(name, scenarios.customers(), self._net.trunk, port, 10 + index)
            # SIPp has whole calls in a period: so many in a hundred seconds.
            rate = ("-r", str(round(per_s * 100)), "-rp", "100000", "-m", str(len(customers)))
            sipp.start(
                f"{self._net.pbx}:{SIP_PORT}",
                *GIVES_UP,
                *("-s", extension, "-inf", str(listed), *rate, "-l", str(AT_ONCE)),
            )
            self.callers.append(sipp)
            self.lasts_s = max(self.lasts_s, len(customers) / per_s)

    @property
    def is_over(self) -> bool:
        """Whether every customer has called and hung up."""
        return all(sipp.is_over for sipp in self.callers)

    def stop(self) -> None:
        """End every call where it is."""
        for sipp in (*self.callers, *self.telephones):
            sipp.stop()

    def _sipp(self, name: str, scenario: str, address: str, port: int, index: int) -> Sipp:
        return Sipp(
            name,
            scenario,
            self._folder,
            address=address,
            port=port,
            media_port=FIRST_MEDIA_PORT + 100 * index,
            every_message=False,
        )


def customers(dice: Random, extensions: Iterable[str], each: int) -> dict[str, list[str]]:
    """So many customers for each extension, no number twice."""
    numbers = callers.drawn(dice)
    return {extension: list(islice(numbers, each)) for extension in extensions}
