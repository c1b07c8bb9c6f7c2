"""An office whose calls, debts and tickets are audited."""

from tests.desks.conftest import office, quiet
from tests.emptied import postgresql_url

__all__ = ["office", "postgresql_url", "quiet"]
