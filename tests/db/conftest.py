"""Tests of the store share a PostgreSQL database within their module."""

from tests.emptied import postgresql_url

__all__ = ["postgresql_url"]
