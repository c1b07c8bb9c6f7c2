"""What an error of the database means: is it away, or does it refuse what it was asked?

Who has facts that must not be lost waits for a database that is away, and asks again. What is
refused would be refused for ever: it must not hold up the rest. The classes of exceptions do not
tell: asyncpg's cut connection and its forbidden character arrive as the same one.
"""

import re

import asyncpg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

REFUSING_STATES = frozenset({"0A", "21", "22", "23", "42", "54"})
"""Classes of SQLSTATE that speak of the statement or its values (PostgreSQL, appendix A). Any
other speaks of the connection, the server, its resources, or of another transaction."""

REFUSING_CODES = frozenset({1, 18, 19, 20, 21, 25})
"""The same of SQLite's primary result codes: ERROR, TOOBIG, CONSTRAINT, MISMATCH, MISUSE, RANGE."""

BROKEN = (asyncpg.InternalClientError, asyncpg.InterfaceError)
"""What asyncpg says, without an SQLSTATE, of a connection that was cut while it was being made or
used. A value that it cannot send is neither."""

_VALUE = re.compile(r"(invalid input [^:]*): .*", re.DOTALL)


def is_away(error: BaseException) -> bool:
    """Whether the same may be asked again as it is; it may have been done already."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OSError | PoolTimeoutError)  # TimeoutError is an OSError
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return state[:2] not in REFUSING_STATES
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF not in REFUSING_CODES
    return isinstance(error, OperationalError) or isinstance(error.driver_exception, BROKEN)


def quote_no_values(engine: Engine) -> None:
    """Keep what was written out of the texts of errors: they are logged, and rows have numbers.

    ``hide_parameters`` covers SQLAlchemy's part. PostgreSQL adds the row as DETAIL, and asyncpg
    quotes a value that it cannot send.
    """
    event.listen(engine, "handle_error", _without_values)


def _without_values(context: ExceptionContext) -> None:
    error: BaseException | None = context.original_exception
    while error is not None:
        if isinstance(error, asyncpg.PostgresError):
            error.detail = None
        _cut(error)
        error = error.__cause__
    if context.sqlalchemy_exception is not None:
        _cut(context.sqlalchemy_exception)


def _cut(error: BaseException) -> None:
    error.args = tuple(
        _VALUE.sub(r"\1", one) if isinstance(one, str) else one for one in error.args
    )
