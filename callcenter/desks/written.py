"""Whether a desk has written what it was asked to write."""

from collections.abc import Mapping

from callcenter.desks.desk import RejectedError


def require_written(
    number: str, wanted: Mapping[str, object], said: Mapping[str, object], product: str
) -> None:
    """See that a ticket says what was wanted. Raises RejectedError: some automation of the desk may
    set back what we write, and goes on doing so, or the field is not there at all."""
    for key, value in wanted.items():
        if said.get(key) != value:
            raise RejectedError(
                f"ticket {number} keeps its {key}: see which automation of {product} changes it"
            )
