"""An office whose calls, debts and tickets are audited."""

from tests.desks.conftest import office, quiet

__all__ = ["office", "quiet"]
