"""Errors of the API: each has a status and a code that programs go by.

CallcenterError
└── ApiError                    ``status`` and ``code``
    ├── UnknownParameterError   400: the route has no such parameter
    ├── BadParameterError       400: the parameter's value cannot be used
    ├── UnauthorizedError       401: no token, or none that is known
    └── NoSuchThingError        404: no call or ticket has this id
"""

from typing import ClassVar

from callcenter.errors import CallcenterError


class ApiError(CallcenterError):
    """Answered as ``{"error": {"code", "message"}}``."""

    status: ClassVar[int] = 500


class UnknownParameterError(ApiError):
    """A parameter that is not of the route: a slip would else widen the answer unnoticed."""

    code = "unknown_parameter"
    status = 400


class BadParameterError(ApiError):
    """A value that cannot be used."""

    code = "bad_parameter"
    status = 400


class UnauthorizedError(ApiError):
    """No bearer token, or none that is known."""

    code = "unauthorized"
    status = 401


class NoSuchThingError(ApiError):
    """No call or ticket has this id."""

    code = "not_found"
    status = 404
