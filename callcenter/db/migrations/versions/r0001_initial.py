"""The first schema: agents, directory, calls, obligations, the built-in desk, the journal."""

import sqlalchemy as sa
from alembic import op

import callcenter.db.types

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "agents",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.CheckConstraint("role IN ('agent', 'supervisor', 'admin')", name=op.f("ck_agents_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agents")),
        sa.UniqueConstraint("login", name=op.f("uq_agents_login")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("name", name=op.f("uq_api_tokens_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_tokens_token_hash")),
    )
    op.create_table(
        "companies",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_owner", sa.Text(), nullable=True),
        sa.Column("backup", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_companies")),
        sa.UniqueConstraint("name", name=op.f("uq_companies_name")),
    )
    op.create_table(
        "journal",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=True),
        sa.Column("call_id", sa.String(length=36), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.create_index("ix_journal_at", ["at"], unique=False)

    op.create_table(
        "ring_groups",
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("line", "interface", name=op.f("pk_ring_groups")),
    )
    op.create_table(
        "ticket_days",
        sa.Column("day", sa.String(length=8), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_ticket_days")),
    )
    op.create_table(
        "agent_interfaces",
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
            name=op.f("fk_agent_interfaces_agent_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("interface", name=op.f("pk_agent_interfaces")),
    )
    with op.batch_alter_table("agent_interfaces", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_agent_interfaces_agent_id"), ["agent_id"], unique=False
        )

    op.create_table(
        "calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("linkedid", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("caller_raw", sa.Text(), nullable=False),
        sa.Column("caller_name", sa.Text(), nullable=True),
        sa.Column("caller_e164", sa.String(length=20), nullable=True),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("started_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.Column("queued_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("answered_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("end_seen", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("transfers", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_calls_company_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calls")),
        sa.UniqueConstraint("pbx", "linkedid", name=op.f("uq_calls_pbx_linkedid")),
    )
    with op.batch_alter_table("calls", schema=None) as batch_op:
        batch_op.create_index("ix_calls_answered_at", ["answered_at"], unique=False)
        batch_op.create_index(
            "ix_calls_caller_e164_started_at_id", ["caller_e164", "started_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_calls_caller_raw_started_at_id", ["caller_raw", "started_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_calls_line_started_at_id", ["line", "started_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_calls_open",
            ["pbx", "started_at"],
            unique=False,
            sqlite_where=sa.text("state != 'ended'"),
            postgresql_where=sa.text("state != 'ended'"),
        )
        batch_op.create_index("ix_calls_started_at_id", ["started_at", "id"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_contacts_company_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contacts")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_contacts_company_id_name")),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_contracts_company_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_contracts_company_id_name")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.Column("seen_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.Column("expires_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_sessions_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_agent_id"), ["agent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "call_contacts",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_call_contacts_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_call_contacts_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call_id", "contact_id", name=op.f("pk_call_contacts")),
    )
    op.create_table(
        "legs",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("offered_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.Column("answered_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("ended_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("hold_s", sa.Float(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_legs_agent_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_legs_call_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("call_id", "position", name=op.f("pk_legs")),
    )
    with op.batch_alter_table("legs", schema=None) as batch_op:
        batch_op.create_index(
            "ix_legs_agent_id_offered_at", ["agent_id", "offered_at"], unique=False
        )

    op.create_table(
        "obligations",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("answered_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.Column("ticket_number", sa.String(length=64), nullable=True),
        sa.Column("ticket_url", sa.Text(), nullable=True),
        sa.Column("ticketed_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("qualified_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("next_attempt_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state = 'open' OR state = 'exempt' OR ticket_number IS NOT NULL",
            name=op.f("ck_obligations_id"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'ticketed', 'qualified', 'exempt')",
            name=op.f("ck_obligations_state"),
        ),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_obligations_agent_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name=op.f("fk_obligations_call_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_obligations")),
    )
    with op.batch_alter_table("obligations", schema=None) as batch_op:
        batch_op.create_index("ix_obligations_answered_at", ["answered_at"], unique=False)
        batch_op.create_index(
            "ix_obligations_open",
            ["desk", "next_attempt_at", "answered_at"],
            unique=False,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    op.create_table(
        "telephone_numbers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("e164", sa.String(length=20), nullable=False),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_telephone_numbers_company_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_telephone_numbers_contact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telephone_numbers")),
        sa.UniqueConstraint(
            "contact_id", "e164", name=op.f("uq_telephone_numbers_contact_id_e164")
        ),
    )
    with op.batch_alter_table("telephone_numbers", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_telephone_numbers_e164"), ["e164"], unique=False)
        batch_op.create_index(
            "uq_telephone_numbers_switchboard",
            ["company_id", "e164"],
            unique=True,
            sqlite_where=sa.text("contact_id IS NULL"),
            postgresql_where=sa.text("contact_id IS NULL"),
        )

    op.create_table(
        "tickets",
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("call_key", sa.String(length=36), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "company_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "contract_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("queue", sa.String(length=64), nullable=False),
        sa.Column(
            "primary_resource_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column("account_owner", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.String(length=16), nullable=False),
        sa.Column("created_at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.Column("completed_at", callcenter.db.types.Moment(timezone=True), nullable=True),
        sa.Column("resolution", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status <> 'complete' OR resolution IS NOT NULL", name=op.f("ck_tickets_summary")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_tickets_company_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_tickets_contact_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["contract_id"],
            ["contracts.id"],
            name=op.f("fk_tickets_contract_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["primary_resource_id"],
            ["agents.id"],
            name=op.f("fk_tickets_primary_resource_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tickets")),
        sa.UniqueConstraint("call_key", name=op.f("uq_tickets_call_key")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tickets_company_id"), ["company_id"], unique=False)
        batch_op.create_index(
            "ix_tickets_created_at_number", ["created_at", "number"], unique=False
        )
        batch_op.create_index(
            "ix_tickets_primary_resource_id_created_at",
            ["primary_resource_id", "created_at"],
            unique=False,
        )
        batch_op.create_index(
            "ix_tickets_status_created_at", ["status", "created_at"], unique=False
        )

    op.create_table(
        "ticket_notes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_number", sa.String(length=32), nullable=False),
        sa.Column("agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", callcenter.db.types.Moment(timezone=True), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_ticket_notes_agent_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["ticket_number"],
            ["tickets.number"],
            name=op.f("fk_ticket_notes_ticket_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_notes")),
    )
    with op.batch_alter_table("ticket_notes", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_notes_ticket_number", ["ticket_number"], unique=False)
