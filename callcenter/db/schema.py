"""The tables. Migrations make them; a test holds that the two agree."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    exists,
    literal_column,
    true,
)

from callcenter.db.types import Id, Moment

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

agents = Table(
    "agents",
    metadata,
    Column("id", Id, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("language", String(8)),  # None: what the browser asks for
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", Moment, nullable=False),
    CheckConstraint("role IN ('agent', 'supervisor', 'admin')", name="role"),
)

agent_interfaces = Table(
    "agent_interfaces",
    metadata,
    Column("interface", Text, primary_key=True),
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String(64), primary_key=True),  # SHA-256 of the cookie's token
    Column("agent_id", ForeignKey("agents.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("csrf_token", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False, index=True),
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(64), nullable=False, unique=True),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
)

companies = Table(
    "companies",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("account_owner", Text),
    Column("backup", Text),
)

contracts = Table(
    "contracts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("company_id", "name"),
)

contacts = Table(
    "contacts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text),
    UniqueConstraint("company_id", "name"),
)

telephone_numbers = Table(
    "telephone_numbers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("e164", String(20), nullable=False, index=True),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE"), nullable=False),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE")),  # None: a switchboard
    UniqueConstraint("contact_id", "e164"),
)
# NULLs are distinct in a unique constraint, so a company's own numbers need an index of their own.
Index(
    "uq_telephone_numbers_switchboard",
    telephone_numbers.c.company_id,
    telephone_numbers.c.e164,
    unique=True,
    sqlite_where=telephone_numbers.c.contact_id.is_(None),
    postgresql_where=telephone_numbers.c.contact_id.is_(None),
)

ring_groups = Table(
    "ring_groups",
    metadata,
    Column("line", String(64), primary_key=True),
    Column("interface", Text, primary_key=True),
)

calls = Table(
    "calls",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("pbx", String(64), nullable=False),
    # What a PBX names has no length here: PostgreSQL would refuse a call that SQLite takes.
    Column("linkedid", Text, nullable=False),
    Column("channel", Text, nullable=False),  # Uniqueid of the caller's channel
    Column("line", String(64), nullable=False),
    Column("caller_raw", Text, nullable=False),
    Column("caller_name", Text),
    Column("caller_e164", String(20)),
    Column("company_id", ForeignKey("companies.id", ondelete="SET NULL")),
    Column("state", String(16), nullable=False),
    Column("outcome", String(16)),
    Column("started_at", Moment, nullable=False),
    Column("queued_at", Moment),
    Column("answered_at", Moment),
    Column("ended_at", Moment),
    Column("end_seen", Boolean, nullable=False, server_default=true()),
    Column("transfers", Integer, nullable=False, server_default="0"),
    UniqueConstraint("pbx", "linkedid"),
    Index("ix_calls_started_at_id", "started_at", "id"),
    Index("ix_calls_line_started_at_id", "line", "started_at", "id"),
    Index("ix_calls_caller_e164_started_at_id", "caller_e164", "started_at", "id"),
    Index("ix_calls_caller_raw_started_at_id", "caller_raw", "started_at", "id"),
    Index("ix_calls_answered_at", "answered_at"),
)

# A partial index serves a query only where both have the same words: not where the query has a
# parameter. So the words are here, for both.
CALL_IS_OPEN = calls.c.state != literal_column("'ended'")
Index(
    "ix_calls_open",
    calls.c.pbx,
    calls.c.started_at,
    sqlite_where=CALL_IS_OPEN,
    postgresql_where=CALL_IS_OPEN,
)

call_contacts = Table(
    "call_contacts",
    metadata,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="CASCADE"), primary_key=True),
)

legs = Table(
    "legs",
    metadata,
    Column("call_id", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),  # order of the first offer, from 0
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("interface", Text, nullable=False),
    Column("offered_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("ended_at", Moment),
    Column("hold_s", Float, nullable=False, server_default="0"),
    Index("ix_legs_agent_id_offered_at", "agent_id", "offered_at"),
)

obligations = Table(
    "obligations",
    metadata,
    Column("call_id", ForeignKey("calls.id"), primary_key=True),
    Column("desk", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),  # who answered
    Column("answered_at", Moment, nullable=False),
    Column("ticket_number", String(64)),
    Column("ticket_url", Text),
    Column("ticketed_at", Moment),
    Column("qualified_at", Moment),
    # The obligation is its own job: while it is open, the desk is asked again at this moment.
    Column("attempts", Integer, nullable=False, server_default="0"),  # those that failed
    Column("asked_at", Moment),  # None: the desk cannot have a ticket, nobody asked it yet
    Column("in_doubt_at", Moment),  # when a desk that cannot be searched was asked, without answer
    Column("settled_at", Moment),  # before this a desk without its ticket may yet have one
    Column("next_attempt_at", Moment),
    Column("claimed_by", String(36)),  # the worker to whom it belongs until that moment
    Column("last_error", Text),
    Column("stuck_at", Moment),  # the desk refused for good: not asked again until somebody says so
    # Who wants it exempt, and why. The state says whether it is: a supervisor may have to confirm.
    Column("exempt_reason", String(16)),
    Column("exempt_by", String(64)),  # a login, as are all of the actors below: they outlast agents
    Column("exempt_at", Moment),
    CheckConstraint("state IN ('open', 'ticketed', 'qualified', 'exempt')", name="state"),
    CheckConstraint("state = 'open' OR state = 'exempt' OR ticket_number IS NOT NULL", name="id"),
    Index("ix_obligations_answered_at", "answered_at"),
)

OBLIGATION_IS_OPEN = obligations.c.state == literal_column("'open'")
Index(
    "ix_obligations_open",
    obligations.c.desk,
    obligations.c.next_attempt_at,
    obligations.c.answered_at,
    sqlite_where=OBLIGATION_IS_OPEN,
    postgresql_where=OBLIGATION_IS_OPEN,
)

# A call that was removed by hand, past the foreign key as SQLite's own command line does, must hold
# up no other: nobody can make its ticket, or show it. The audit names it.
OBLIGATION_HAS_CALL = exists().where(calls.c.id == obligations.c.call_id)

EXEMPTION_IS_ASKED = obligations.c.exempt_at.is_not(None)
Index(
    "ix_obligations_exempt_at",
    obligations.c.exempt_at,
    sqlite_where=EXEMPTION_IS_ASKED,
    postgresql_where=EXEMPTION_IS_ASKED,
)

tickets = Table(
    "tickets",
    metadata,
    Column("number", String(32), primary_key=True),
    # No foreign key: this table is a desk, and a desk knows a call by its key alone.
    Column("call_key", String(36), unique=True),
    Column("title", Text, nullable=False),
    Column("company_id", ForeignKey("companies.id", ondelete="SET NULL"), index=True),
    Column("contact_id", ForeignKey("contacts.id", ondelete="SET NULL")),
    Column("contract_id", ForeignKey("contracts.id", ondelete="SET NULL")),
    Column("queue", String(64), nullable=False),
    Column("primary_resource_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("account_owner", Text),
    Column("source", String(16), nullable=False),
    Column("status", String(16), nullable=False),
    Column("priority", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("completed_at", Moment),
    Column("resolution", Text),
    Column("merged_into", String(32), index=True),  # the ticket that survives this one
    CheckConstraint("status <> 'complete' OR resolution IS NOT NULL", name="summary"),
    Index("ix_tickets_created_at_number", "created_at", "number"),
    Index("ix_tickets_status_created_at", "status", "created_at"),
    Index("ix_tickets_primary_resource_id_created_at", "primary_resource_id", "created_at"),
)

ticket_notes = Table(
    "ticket_notes",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_number", ForeignKey("tickets.number", ondelete="CASCADE"), nullable=False),
    Column("agent_id", ForeignKey("agents.id", ondelete="SET NULL")),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_ticket_notes_ticket_number", "ticket_number"),
)

ticket_days = Table(
    "ticket_days",
    metadata,
    Column("day", String(8), primary_key=True),  # "20261123", where the call's line is
    Column("last", Integer, nullable=False),  # the last number given out that day
)

journal = Table(
    "journal",
    metadata,
    Column("seq", Id, primary_key=True, autoincrement=True),
    Column("at", Moment, nullable=False),
    Column("type", String(32), nullable=False),
    Column("line", String(64)),  # None: of interest to everybody
    Column("call_id", String(36)),
    Column("data", Text, nullable=False),  # JSON, one of the shapes of ``webhooks``
    Index("ix_journal_at", "at"),
    sqlite_autoincrement=True,  # a number is never given twice, even after the newest is pruned
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(80), primary_key=True),  # "pbx:main"
    Column("holder", String(64), nullable=False),  # the instance's own name
    Column("token", BigInteger, nullable=False),  # grows with each taking: an older one is void
    Column("expires_at", Moment, nullable=False),  # by the database's clock
)

pbx_sights = Table(
    "pbx_sights",
    metadata,
    Column("pbx", String(64), primary_key=True),
    Column("seen_at", Moment, nullable=False),  # until then everything that it said was taken in
)

out_of_sight = Table(
    "out_of_sight",
    metadata,
    Column("id", Id, primary_key=True),
    Column("pbx", String(64), nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("ended_at", Moment),  # None: it still is
    Column("closed_at", Moment),  # None: its calls are not all known yet
    Column("reason", Text),
    Index("ix_out_of_sight_pbx_began_at", "pbx", "began_at"),
)

record_cursors = Table(
    "record_cursors",
    metadata,
    Column("pbx", String(64), primary_key=True),
    Column("source", String(16), primary_key=True),  # "queue_log", "cdr"
    Column("position", Text, nullable=False),  # JSON, of the source's own shape
    Column("read_at", Moment, nullable=False),
)

trail = Table(
    "trail",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("actor", String(64)),  # a login; None: the service itself
    Column("action", String(32), nullable=False),  # "obligation.exempted"
    Column("call_id", String(36)),
    Column("data", Text, nullable=False),  # JSON
    Index("ix_trail_at", "at"),
    Index("ix_trail_call_id", "call_id"),
)

audits = Table(
    "audits",
    metadata,
    Column("id", Id, primary_key=True),
    Column("since", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("finished_at", Moment),  # None: it was cut short
    Column("occasion", String(8), nullable=False),  # "rolling", "night", "asked"
    Column("asked_by", String(64)),  # a login; None: the service itself
    Column("counts", Text, nullable=False),  # JSON: what was compared, by kind
    Index("ix_audits_started_at", "started_at"),
)

audit_differences = Table(
    "audit_differences",
    metadata,
    Column("audit_id", ForeignKey("audits.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", Moment),  # of the call's answer, as far as it is known
    Column("pbx", String(64)),
    Column("line", String(64)),
    Column("call_id", String(36)),
    Column("ticket_number", String(64)),
    Column("detail", Text, nullable=False),
)
