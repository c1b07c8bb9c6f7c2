"""Following one PBX, by whichever instance holds its lease."""

from collections.abc import Callable

from callcenter.ami.status import LinkStatus
from callcenter.calls.follower import Follower
from callcenter.db.engine import Database
from callcenter.db.tenure import Instance


class PbxTenure:
    """One PBX as this instance has it: followed, or stood by for.

    ``begin`` makes a follower that knows nothing yet: what an earlier one had in mind is out of
    date as soon as another instance followed.
    """

    def __init__(self, pbx: str, instance: Instance, begin: Callable[[Database], Follower]) -> None:
        self.pbx = pbx
        self.follower: Follower | None = None  # while this instance follows
        self._begin = begin
        self._tenure = instance.tenure(f"pbx:{pbx}", self._follow)

    async def run(self) -> None:
        """Follow whenever it is this instance's turn, until cancelled."""
        await self._tenure.run()

    def dial(self) -> None:
        """Somebody asked for a call, or to hear one; another instance looks by itself."""
        if self.follower is not None:
            self.follower.dialler.wake()
            self.follower.supervisor.wake()

    @property
    def status(self) -> LinkStatus | None:
        """That of our link to it; None while another instance has one."""
        return self.follower.link.status if self.follower else None

    @property
    def unready(self) -> str | None:
        """Why its calls are not taken in; None where they are, by us or by another instance."""
        if self.follower is None:
            return self._tenure.waits_because
        status = self.follower.link.status
        if status.state == "in sight":
            return self.follower.trouble
        return status.last_error or status.state

    def steer(self) -> None:
        """Something else may be wanted of the PBX, if it is this instance that has the link."""
        if self.follower is not None:
            self.follower.steering.wake()

    async def _follow(self, database: Database) -> None:
        self.follower = self._begin(database)
        try:
            await self.follower.run()
        finally:
            self.follower = None
