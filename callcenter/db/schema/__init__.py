"""The tables, by what they are about. Migrations make them; a test holds that the two agree."""

from callcenter.db.schema.alerts import (
    ALERT_GOES_ON,
    ALERT_TICKET_IS_WANTED,
    ALERTS_ARE_WAITING,
    alert_deliveries,
    alert_desk_notes,
    alert_desk_tickets,
    alert_devices,
    alert_episodes,
    alert_groups,
)
from callcenter.db.schema.audits import audit_differences, audits
from callcenter.db.schema.base import metadata
from callcenter.db.schema.calls import CALL_IS_OPEN, call_contacts, calls, legs, ring_groups
from callcenter.db.schema.desks import (
    EVENT_IS_WAITING,
    desk_events,
    desk_polls,
    desk_writes,
)
from callcenter.db.schema.directory import (
    companies,
    contacts,
    contracts,
    devices,
    directory_imports,
    telephone_numbers,
)
from callcenter.db.schema.figures import (
    figure_days,
    figure_marks,
    figure_months,
    figure_slots,
    figure_states,
    figure_waits,
    journal_readers,
)
from callcenter.db.schema.floor import (
    agent_pauses,
    agent_state_changes,
    agent_states,
    blocks,
    queue_members,
    telephones,
)
from callcenter.db.schema.obligations import (
    EXEMPTION_IS_ASKED,
    OBLIGATION_HAS_CALL,
    OBLIGATION_IS_OPEN,
    OBLIGATION_IS_UNQUALIFIED,
    obligations,
)
from callcenter.db.schema.outgoing import (
    CALLBACK_IS_OPEN,
    OUTGOING_IS_OPEN,
    callback_calls,
    callbacks,
    outgoing_calls,
)
from callcenter.db.schema.people import agent_interfaces, agents, api_tokens, sessions
from callcenter.db.schema.portal import customer_sessions, customers
from callcenter.db.schema.reports import REPORT_IS_DUE, report_mails, report_orders
from callcenter.db.schema.service import journal, leases, trail
from callcenter.db.schema.sights import out_of_sight, pbx_sights, record_cursors
from callcenter.db.schema.synced import desk_entries, desk_passes
from callcenter.db.schema.tickets import (
    TICKET_IS_UNTAKEN,
    categories,
    ticket_days,
    ticket_notes,
    tickets,
    wrap_ups,
)
from callcenter.db.schema.webhooks import (
    DELIVERY_HAS_FAILED,
    DELIVERY_IS_WAITING,
    webhook_attempts,
    webhook_deliveries,
    webhook_destinations,
)

__all__ = [
    "ALERTS_ARE_WAITING",
    "ALERT_GOES_ON",
    "ALERT_TICKET_IS_WANTED",
    "CALLBACK_IS_OPEN",
    "CALL_IS_OPEN",
    "DELIVERY_HAS_FAILED",
    "DELIVERY_IS_WAITING",
    "EVENT_IS_WAITING",
    "EXEMPTION_IS_ASKED",
    "OBLIGATION_HAS_CALL",
    "OBLIGATION_IS_OPEN",
    "OBLIGATION_IS_UNQUALIFIED",
    "OUTGOING_IS_OPEN",
    "REPORT_IS_DUE",
    "TICKET_IS_UNTAKEN",
    "agent_interfaces",
    "agent_pauses",
    "agent_state_changes",
    "agent_states",
    "agents",
    "alert_deliveries",
    "alert_desk_notes",
    "alert_desk_tickets",
    "alert_devices",
    "alert_episodes",
    "alert_groups",
    "api_tokens",
    "audit_differences",
    "audits",
    "blocks",
    "call_contacts",
    "callback_calls",
    "callbacks",
    "calls",
    "categories",
    "companies",
    "contacts",
    "contracts",
    "customer_sessions",
    "customers",
    "desk_entries",
    "desk_events",
    "desk_passes",
    "desk_polls",
    "desk_writes",
    "devices",
    "directory_imports",
    "figure_days",
    "figure_marks",
    "figure_months",
    "figure_slots",
    "figure_states",
    "figure_waits",
    "journal",
    "journal_readers",
    "leases",
    "legs",
    "metadata",
    "obligations",
    "out_of_sight",
    "outgoing_calls",
    "pbx_sights",
    "queue_members",
    "record_cursors",
    "report_mails",
    "report_orders",
    "ring_groups",
    "sessions",
    "telephone_numbers",
    "telephones",
    "ticket_days",
    "ticket_notes",
    "tickets",
    "trail",
    "webhook_attempts",
    "webhook_deliveries",
    "webhook_destinations",
    "wrap_ups",
]
