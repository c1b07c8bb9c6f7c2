"""Who may ask for what: every route of the application, and what each kind of asker is told.

A new route needs a line here; tests/web/test_authorisation.py fails without it, and holds every
line to be true for every kind of asker. A line is the method, the path as the router has it, and
one of the rows below. A path with a part in braces also needs an example in ``EXAMPLES`` of that
test.
"""

from collections.abc import Mapping
from enum import StrEnum


class Who(StrEnum):
    """The kinds of askers."""

    NOBODY = "nobody"
    CUSTOMER = "customer"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    TOKEN = "token"  # of the API


class Told(StrEnum):
    """What an asker may be told."""

    SERVED = "served"
    SIGN_IN = "sent to the agents' sign-in"
    PORTAL_SIGN_IN = "sent to the customers' sign-in"
    UNAUTHORISED = "401"
    FORBIDDEN = "403"


Row = Mapping[Who, Told]


def _row(otherwise: Told, **served: Told) -> Row:
    return {who: served.get(who.value, otherwise) for who in Who}


ANYBODY = _row(Told.SERVED)
AGENTS = _row(Told.SIGN_IN, agent=Told.SERVED, supervisor=Told.SERVED, admin=Told.SERVED)
SUPERVISORS = _row(Told.SIGN_IN, agent=Told.FORBIDDEN, supervisor=Told.SERVED, admin=Told.SERVED)
ADMINS = _row(Told.SIGN_IN, agent=Told.FORBIDDEN, supervisor=Told.FORBIDDEN, admin=Told.SERVED)
GRANTED = _row(Told.SIGN_IN, agent=Told.FORBIDDEN, supervisor=Told.FORBIDDEN, admin=Told.FORBIDDEN)
"""What no role includes: who was granted the right has tests of its own."""

CUSTOMERS = _row(Told.PORTAL_SIGN_IN, customer=Told.SERVED)
"""Whose company's things they are is the handlers' to check: tests/web/test_portal_companies.py."""

AGENTS_STREAM = _row(
    Told.UNAUTHORISED, agent=Told.SERVED, supervisor=Told.SERVED, admin=Told.SERVED
)
GRANTED = _row(Told.SIGN_IN, agent=Told.FORBIDDEN, supervisor=Told.FORBIDDEN, admin=Told.FORBIDDEN)
"""To no role: who was granted the right is served, tests/web/test_recordings.py."""

TOKENS = _row(Told.UNAUTHORISED, token=Told.SERVED)
MACHINES = _row(Told.FORBIDDEN)
"""The PBX, say, has a token of its own, which is none of these askers'."""

ROUTES: Mapping[tuple[str, str], Row] = {
    # Machines that watch over us, and files that say nothing.
    ("GET", "/healthz"): ANYBODY,
    ("GET", "/readyz"): ANYBODY,
    ("GET", "/metrics"): ANYBODY,
    ("GET", "/static"): ANYBODY,
    ("GET", "/icon.svg"): ANYBODY,
    # Signing in and out.
    ("GET", "/sign-in"): ANYBODY,
    ("POST", "/sign-in"): ANYBODY,
    ("POST", "/sign-out"): AGENTS,
    ("POST", "/language"): AGENTS,
    ("GET", "/preferences"): AGENTS,
    ("POST", "/preferences"): AGENTS,
    # What an agent does, and where they sit.
    ("GET", "/state"): AGENTS,
    ("POST", "/state/pause"): AGENTS,
    ("POST", "/state/resume"): AGENTS,
    ("GET", "/seat"): AGENTS,
    ("POST", "/seat/take"): AGENTS,
    ("POST", "/seat/leave"): AGENTS,
    # The console.
    ("GET", "/"): AGENTS,
    ("GET", "/live"): AGENTS_STREAM,
    ("GET", "/callers/{call}"): AGENTS,
    ("POST", "/callers/{call}/search"): AGENTS,
    ("POST", "/callers/{call}/choose"): AGENTS,
    ("POST", "/callers/{call}/create"): AGENTS,
    # Calls that we make; which calls, tickets and lines are whose is the handlers' to check.
    ("GET", "/callbacks"): AGENTS,
    ("POST", "/callbacks/{missed}/take"): AGENTS,
    ("POST", "/callbacks/{missed}/take-over"): SUPERVISORS,
    ("POST", "/callbacks/{missed}/give-back"): AGENTS,
    ("POST", "/callbacks/{missed}/dismiss"): AGENTS,
    ("GET", "/outgoing"): AGENTS,
    ("POST", "/outgoing"): AGENTS,
    ("POST", "/outgoing/{outgoing}/cancel"): AGENTS,
    # Calls and tickets.
    ("GET", "/calls"): AGENTS,
    ("GET", "/calls/{call}/recording"): GRANTED,
    ("GET", "/calls/{call}/recording/{position}"): GRANTED,
    ("GET", "/alerts"): AGENTS,
    ("GET", "/tickets"): AGENTS,
    ("GET", "/tickets/{number}"): AGENTS,
    ("POST", "/tickets/{number}"): AGENTS,
    ("POST", "/tickets/{number}/notes"): AGENTS,
    ("POST", "/tickets/{number}/take"): AGENTS,
    ("POST", "/tickets/{number}/complete"): AGENTS,
    ("POST", "/tickets/{number}/verdict"): AGENTS,
    # What is yet to be written about calls; whose they are is the handlers' to check.
    ("GET", "/work"): AGENTS,
    ("GET", "/work/{call}"): AGENTS,
    ("POST", "/work/{call}/draft"): AGENTS,
    ("POST", "/work/{call}/finish"): AGENTS,
    ("POST", "/work/{call}/use"): AGENTS,
    # The floor.
    ("GET", "/floor"): SUPERVISORS,
    ("POST", "/floor/release"): SUPERVISORS,
    ("POST", "/floor/release-call"): SUPERVISORS,
    ("POST", "/floor/pause"): SUPERVISORS,
    ("POST", "/floor/resume"): SUPERVISORS,
    ("POST", "/floor/free"): SUPERVISORS,
    ("POST", "/floor/supervise"): GRANTED,
    ("POST", "/floor/supervise/stop"): SUPERVISORS,
    ("GET", "/wallboard"): SUPERVISORS,
    # Obligations.
    ("GET", "/obligations"): AGENTS,
    ("POST", "/obligations/retry"): SUPERVISORS,
    ("POST", "/obligations/{call}/retry"): SUPERVISORS,
    ("POST", "/obligations/{call}/exempt"): AGENTS,
    ("POST", "/obligations/{call}/confirm"): SUPERVISORS,
    ("POST", "/obligations/{call}/decline"): AGENTS,
    ("POST", "/obligations/{call}/reverse"): AGENTS,
    # Audits.
    ("GET", "/history"): SUPERVISORS,
    ("GET", "/history.{format}"): SUPERVISORS,
    ("GET", "/history/mails"): SUPERVISORS,
    ("POST", "/history/mails"): SUPERVISORS,
    ("POST", "/history/mails/{report}/stop"): SUPERVISORS,
    ("GET", "/staffing"): SUPERVISORS,
    ("GET", "/staffing.csv"): SUPERVISORS,
    ("GET", "/audit"): SUPERVISORS,
    ("POST", "/audit"): SUPERVISORS,
    # Administration: agents and their telephones are an administrator's to look after; what a
    # support team works with, and who did what, is a supervisor's too.
    ("GET", "/admin"): SUPERVISORS,
    ("GET", "/admin/agents"): ADMINS,
    ("GET", "/admin/agents/new"): ADMINS,
    ("POST", "/admin/agents/new"): ADMINS,
    ("GET", "/admin/agents/{agent}"): ADMINS,
    ("POST", "/admin/agents/{agent}"): ADMINS,
    ("POST", "/admin/agents/{agent}/password"): ADMINS,
    ("POST", "/admin/agents/{agent}/switch"): ADMINS,
    ("GET", "/admin/telephones"): ADMINS,
    ("GET", "/admin/companies"): SUPERVISORS,
    ("POST", "/admin/companies/search"): SUPERVISORS,
    ("GET", "/admin/companies/new"): SUPERVISORS,
    ("POST", "/admin/companies/new"): SUPERVISORS,
    ("GET", "/admin/companies/{company}"): SUPERVISORS,
    ("POST", "/admin/companies/{company}"): SUPERVISORS,
    ("POST", "/admin/companies/{company}/numbers"): SUPERVISORS,
    ("POST", "/admin/companies/{company}/contracts"): SUPERVISORS,
    ("POST", "/admin/companies/{company}/devices"): SUPERVISORS,
    ("POST", "/admin/companies/{company}/contacts"): SUPERVISORS,
    ("GET", "/admin/companies/{company}/remove"): SUPERVISORS,
    ("POST", "/admin/companies/{company}/remove"): SUPERVISORS,
    ("POST", "/admin/companies/{company}/customers"): ADMINS,
    ("POST", "/admin/companies/{company}/customers/{customer}"): ADMINS,
    ("GET", "/admin/contacts/{contact}"): SUPERVISORS,
    ("POST", "/admin/contacts/{contact}"): SUPERVISORS,
    ("POST", "/admin/contacts/{contact}/numbers"): SUPERVISORS,
    ("GET", "/admin/contacts/{contact}/remove"): SUPERVISORS,
    ("POST", "/admin/contacts/{contact}/remove"): SUPERVISORS,
    ("GET", "/admin/duplicates"): SUPERVISORS,
    ("GET", "/admin/duplicates/{kind}/{first}/{second}"): SUPERVISORS,
    ("POST", "/admin/duplicates/{kind}/{first}/{second}"): SUPERVISORS,
    ("GET", "/admin/import"): ADMINS,  # a file changes thousands of entries at once
    ("POST", "/admin/import"): ADMINS,
    ("GET", "/admin/import/{import}"): ADMINS,
    ("POST", "/admin/import/{import}"): ADMINS,
    ("GET", "/admin/synchronisation"): ADMINS,
    ("POST", "/admin/synchronisation"): ADMINS,
    ("GET", "/admin/categories"): SUPERVISORS,
    ("POST", "/admin/categories"): SUPERVISORS,
    ("POST", "/admin/categories/{category}"): SUPERVISORS,
    ("GET", "/admin/trail"): SUPERVISORS,
    ("GET", "/admin/webhooks"): ADMINS,
    ("GET", "/admin/webhooks/new"): ADMINS,
    ("POST", "/admin/webhooks/new"): ADMINS,
    ("GET", "/admin/webhooks/{webhook}"): ADMINS,
    ("POST", "/admin/webhooks/{webhook}"): ADMINS,
    ("POST", "/admin/webhooks/{webhook}/secret"): ADMINS,
    ("POST", "/admin/webhooks/{webhook}/switch"): ADMINS,
    ("POST", "/admin/webhooks/{webhook}/test"): ADMINS,
    ("POST", "/admin/webhooks/{webhook}/replay"): ADMINS,
    ("GET", "/admin/webhooks/{webhook}/remove"): ADMINS,
    ("POST", "/admin/webhooks/{webhook}/remove"): ADMINS,
    # The customers' portal.
    ("GET", "/portal/sign-in"): ANYBODY,
    ("POST", "/portal/sign-in"): ANYBODY,
    ("POST", "/portal/sign-out"): CUSTOMERS,
    ("POST", "/portal/language"): CUSTOMERS,
    ("GET", "/portal"): CUSTOMERS,
    ("POST", "/portal/search"): CUSTOMERS,
    ("GET", "/portal/tickets/new"): CUSTOMERS,
    ("POST", "/portal/tickets"): CUSTOMERS,
    ("GET", "/portal/tickets/{number}"): CUSTOMERS,
    ("POST", "/portal/tickets/{number}/notes"): CUSTOMERS,
    ("GET", "/portal/account"): CUSTOMERS,
    ("POST", "/portal/account"): CUSTOMERS,
    ("POST", "/portal/account/password"): CUSTOMERS,
    # The API.
    ("GET", "/api/v1/openapi.yaml"): ANYBODY,
    ("GET", "/api/v1/calls"): TOKENS,
    ("GET", "/api/v1/calls/{id}"): TOKENS,
    ("GET", "/api/v1/tickets"): TOKENS,
    ("GET", "/api/v1/tickets/{number}"): TOKENS,
    ("GET", "/api/v1/coverage"): TOKENS,
    ("GET", "/api/v1/events"): TOKENS,
    # Monitoring systems and desks have secrets of their own.
    ("POST", "/hooks/{desk}"): MACHINES,
    ("POST", "/alerts/{source}"): MACHINES,
    ("POST", "/alerts/{source}/{secret}"): MACHINES,
    # The PBX.
    ("POST", "/pbx/caller-name"): MACHINES,
}
