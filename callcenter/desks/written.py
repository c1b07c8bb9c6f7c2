"""Whether a desk has written what it was asked to write."""

from collections.abc import Mapping

from callcenter.desks.desk import GoneError, RejectedError


def require_written(number: str, wanted: Mapping[str, object], found: object, product: str) -> None:
    """See that a ticket now is what was wanted. Raises RejectedError: some automation of the desk
    may set back what we write, and goes on doing so; GoneError where it is no more."""
    if found is None:
        raise GoneError(f"{product} had ticket {number} until it was written into")
    for key, value in wanted.items():
        if getattr(found, key) != value:
            raise RejectedError(
                f"ticket {number} keeps its {key}: see which automation of {product} changes it"
            )
