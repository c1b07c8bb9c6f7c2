"""Errors of the API: each has a status and a code that programs go by.

CallcenterError
└── ApiError                    ``status`` and ``code``
    ├── UnknownParameterError   400: the route has no such parameter
    ├── BadParameterError       400: the parameter's value cannot be used
    ├── BadBodyError            400: the body cannot be understood
    ├── UnauthorizedError       401: no token, or none that is known
    ├── WrongSecretError        403: no secret, or not that of who is named
    ├── NoSuchThingError        404: no call, ticket or monitoring system is called so
    ├── TooSlowError            408: the body did not arrive in time
    └── TooLargeError           413: the body is larger than any that is meant for us
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


class BadBodyError(ApiError):
    """A body that cannot be understood."""

    code = "bad_body"
    status = 400


class WrongSecretError(ApiError):
    """No secret or signature, or not that of the monitoring system or desk that is named."""

    code = "wrong_secret"
    status = 403


class StaleHookError(ApiError):
    """A webhook that was kept too long, or a clock that is wrong."""

    code = "stale"
    status = 400


class TooSlowError(ApiError):
    """The body did not arrive in time."""

    code = "too_slow"
    status = 408


class TooLargeError(ApiError):
    """The body is larger than any that is meant for us."""

    code = "too_large"
    status = 413


class NoSuchThingError(ApiError):
    """No call, ticket, monitoring system or desk is called so."""

    code = "not_found"
    status = 404
