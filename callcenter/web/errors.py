"""Errors of the pages: each has the status it is answered with.

CallcenterError
└── PageError               ``status``, and a ``code`` that the error page shows
    ├── BadFormError        400: what was sent is no form of ours
    ├── SignedOutError      401: the session is over (pages/console.py)
    ├── ForbiddenError      403: this agent, or this form, may not
    ├── NotFoundError       404: there is no such thing
    ├── TooSlowError        408: the form did not arrive in time
    ├── TooLargeError       413: more was sent than anybody types
    └── AwayError           503: the database does not answer
"""

from typing import ClassVar

from callcenter.errors import CallcenterError


class PageError(CallcenterError):
    """Answered with a page that shows the code."""

    code = "page"
    status: ClassVar[int] = 500


class BadFormError(PageError):
    """What was sent is no form of ours."""

    code = "bad_form"
    status = 400


class ForbiddenError(PageError):
    """This agent, or this form, may not do that."""

    code = "forbidden"
    status = 403


class NotFoundError(PageError):
    """There is no such page, call or ticket."""

    code = "not_found"
    status = 404


class TooSlowError(PageError):
    """The form did not arrive in time."""

    code = "too_slow"
    status = 408


class TooLargeError(PageError):
    """More was sent than anybody types into a form."""

    code = "too_large"
    status = 413


class AwayError(PageError):
    """The database does not answer at the moment."""

    code = "away"
    status = 503
