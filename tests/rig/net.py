"""A loopback network of its own for each rig, so that many run at once."""

import random
import socket

from tests.rig.errors import RigError

LEASE_PORT = 5999  # held on the last address while the network is in use
TRIES = 200


class Net:
    """127.x.y.0/24: the PBX at .1, the trunk at .2, the service at .3, telephones from .11 on.

    What stands between service and PBX is at .4.
    """

    def __init__(self) -> None:
        self._lease, self._prefix = _lease()

    @property
    def pbx(self) -> str:
        return f"{self._prefix}.1"

    @property
    def trunk(self) -> str:
        return f"{self._prefix}.2"

    @property
    def service(self) -> str:
        return f"{self._prefix}.3"

    @property
    def between(self) -> str:
        return f"{self._prefix}.4"

    def telephone(self, index: int) -> str:
        return f"{self._prefix}.{11 + index}"

    @property
    def everyone(self) -> str:
        return f"{self._prefix}.0/24"

    def close(self) -> None:
        self._lease.close()


def _lease() -> tuple[socket.socket, str]:
    """A network that nobody holds: the socket that holds it, and its first three bytes."""
    for _ in range(TRIES):
        prefix = f"127.{random.randint(16, 250)}.{random.randint(0, 255)}"
        lease = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            lease.bind((f"{prefix}.254", LEASE_PORT))
        except OSError:
            lease.close()
            continue
        lease.listen(1)
        return lease, prefix
    raise RigError("no free loopback network; stop what holds port 5999 on 127.*.*.254")
