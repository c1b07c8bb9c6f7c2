"""How far a long work in a thread has come, and the way to stop it."""

from dataclasses import dataclass

from callcenter.errors import CallcenterError


class StoppedError(CallcenterError):
    """The service stops, or nobody waits for the work any more."""

    code = "stopped"


@dataclass(slots=True)
class Progress:
    """Read by the event loop while a thread counts: each number is whole, if a moment old."""

    done: int = 0
    total: int = 0
    is_stopped: bool = False

    def step(self) -> None:
        """One line more is done. Raises StoppedError in the thread that was told to stop."""
        if self.is_stopped:
            raise StoppedError("the import was stopped: start it again")
        self.done += 1
