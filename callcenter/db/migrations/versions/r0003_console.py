"""The agent's console: the floor, wrap-up, missed calls, outgoing calls, the portal."""

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Id, Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", Id, nullable=False),
        sa.Column("parent_id", Id, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["categories.id"],
            name=op.f("fk_categories_parent_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("parent_id", "name", name=op.f("uq_categories_parent_id_name")),
    )
    op.create_index(
        "uq_categories_top",
        "categories",
        ["name"],
        unique=True,
        sqlite_where=sa.text("parent_id IS NULL"),
        postgresql_where=sa.text("parent_id IS NULL"),
    )
    op.create_table(
        "queue_members",
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("member", sa.Text(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("line", "interface", name=op.f("pk_queue_members")),
    )
    op.create_table(
        "telephones",
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("pbx", "interface", name=op.f("pk_telephones")),
    )
    op.create_table(
        "agent_pauses",
        sa.Column("agent_id", Id, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_pauses_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_pauses")),
    )
    op.create_table(
        "agent_state_changes",
        sa.Column("id", Id, nullable=False),
        sa.Column("agent_id", Id, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
            name=op.f("fk_agent_state_changes_agent_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_state_changes")),
    )
    op.create_index(
        "ix_agent_state_changes_agent_id_at",
        "agent_state_changes",
        ["agent_id", "at"],
        unique=False,
    )
    op.create_index("ix_agent_state_changes_at", "agent_state_changes", ["at"], unique=False)
    op.create_table(
        "agent_states",
        sa.Column("agent_id", Id, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_agent_states_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_agent_states")),
    )
    op.create_table(
        "blocks",
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("agent_id", Id, nullable=True),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_blocks_agent_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("line", "interface", name=op.f("pk_blocks")),
    )
    op.create_table(
        "callbacks",
        sa.Column("id", Id, nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("caller_e164", sa.String(length=20), nullable=True),
        sa.Column("caller_raw", sa.Text(), nullable=False),
        sa.Column("company_id", Id, nullable=True),
        sa.Column("first_missed_at", Moment(), nullable=False),
        sa.Column("last_missed_at", Moment(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("longest_wait_s", sa.Float(), server_default="0", nullable=False),
        sa.Column("taken_by", Id, nullable=True),
        sa.Column("taken_at", Moment(), nullable=True),
        sa.Column("closed_at", Moment(), nullable=True),
        sa.Column("closed_because", sa.String(length=16), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=True),
        sa.Column("closing_call_id", sa.String(length=36), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_because IS NULL)", name=op.f("ck_callbacks_closed")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_callbacks_company_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["agents.id"], name=op.f("fk_callbacks_taken_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
    )
    op.create_index("ix_callbacks_last_missed_at", "callbacks", ["last_missed_at"], unique=False)
    op.create_index(
        "uq_callbacks_open",
        "callbacks",
        ["line", "caller_e164"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "directory_imports",
        sa.Column("id", Id, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("agent_id", Id, nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.Column("applied_at", Moment(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
            name=op.f("fk_directory_imports_agent_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_imports")),
    )
    op.create_index("ix_directory_imports_at", "directory_imports", ["at"], unique=False)
    op.create_table(
        "callback_calls",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("callback_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_callback_calls_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["callback_id"],
            ["callbacks.id"],
            name=op.f("fk_callback_calls_callback_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_callback_calls")),
    )
    op.create_index(
        op.f("ix_callback_calls_callback_id"), "callback_calls", ["callback_id"], unique=False
    )
    op.create_table(
        "customers",
        sa.Column("id", Id, nullable=False),
        sa.Column("company_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("theme", sa.String(length=8), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_customers_company_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"],
            ["contacts.id"],
            name=op.f("fk_customers_contact_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customers")),
        sa.UniqueConstraint("login", name=op.f("uq_customers_login")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customers_company_id"), "customers", ["company_id"], unique=False)
    op.create_table(
        "devices",
        sa.Column("id", Id, nullable=False),
        sa.Column("company_id", Id, nullable=False),
        sa.Column("contact_id", Id, nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("updated_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_devices_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contacts.id"], name=op.f("fk_devices_contact_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_devices")),
        sa.UniqueConstraint("company_id", "name", name=op.f("uq_devices_company_id_name")),
    )
    op.create_table(
        "outgoing_calls",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("pbx", sa.String(length=64), nullable=False),
        sa.Column("agent_id", Id, nullable=True),
        sa.Column("interface", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=True),
        sa.Column("callback_id", Id, nullable=True),
        sa.Column("ticket_number", sa.String(length=64), nullable=True),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("result", sa.String(length=16), nullable=True),
        sa.Column("trouble", sa.String(length=16), nullable=True),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("agent_answered_at", Moment(), nullable=True),
        sa.Column("answered_at", Moment(), nullable=True),
        sa.Column("cancelled_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agent_id"],
            ["agents.id"],
            name=op.f("fk_outgoing_calls_agent_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["callback_id"],
            ["callbacks.id"],
            name=op.f("fk_outgoing_calls_callback_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_calls")),
    )
    op.create_index(
        "ix_outgoing_calls_agent_id_asked_at",
        "outgoing_calls",
        ["agent_id", "asked_at"],
        unique=False,
    )
    op.create_index(
        "ix_outgoing_calls_open",
        "outgoing_calls",
        ["pbx"],
        unique=False,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        op.f("ix_outgoing_calls_callback_id"), "outgoing_calls", ["callback_id"], unique=False
    )
    op.create_index(
        "ix_outgoing_calls_number_asked_at", "outgoing_calls", ["number", "asked_at"], unique=False
    )
    op.create_index(
        op.f("ix_outgoing_calls_ticket_number"), "outgoing_calls", ["ticket_number"], unique=False
    )
    op.create_table(
        "wrap_ups",
        sa.Column("call_id", sa.String(length=36), nullable=False),
        sa.Column("agent_id", Id, nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("category_id", Id, nullable=True),
        sa.Column("subcategory_id", Id, nullable=True),
        sa.Column("priority", sa.String(length=16), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="0", nullable=False),
        sa.Column("updated_at", Moment(), nullable=False),
        sa.Column("finished_at", Moment(), nullable=True),
        sa.Column("solved_on_call", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agent_id"], ["agents.id"], name=op.f("fk_wrap_ups_agent_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["call_id"], ["calls.id"], name=op.f("fk_wrap_ups_call_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["category_id"],
            ["categories.id"],
            name=op.f("fk_wrap_ups_category_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["subcategory_id"],
            ["categories.id"],
            name=op.f("fk_wrap_ups_subcategory_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_wrap_ups")),
    )
    op.create_table(
        "customer_sessions",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("customer_id", Id, nullable=False),
        sa.Column("csrf_token", sa.String(length=64), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["customers.id"],
            name=op.f("fk_customer_sessions_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_customer_sessions")),
    )
    op.create_index(
        op.f("ix_customer_sessions_customer_id"), "customer_sessions", ["customer_id"], unique=False
    )
    op.create_index(
        op.f("ix_customer_sessions_expires_at"), "customer_sessions", ["expires_at"], unique=False
    )
    _add_columns()


def _add_columns() -> None:
    op.add_column("agent_interfaces", sa.Column("seated_at", Moment(), nullable=True))
    op.add_column("agents", sa.Column("theme", sa.String(length=8), nullable=True))
    op.add_column(
        "agents",
        sa.Column("wants_notifications", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "agents", sa.Column("wants_sound", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("agents", sa.Column("last_seat", sa.Text(), nullable=True))
    op.add_column("calls", sa.Column("attestation", sa.String(length=8), nullable=True))
    op.add_column("companies", sa.Column("updated_at", Moment(), nullable=True))
    op.add_column("contacts", sa.Column("updated_at", Moment(), nullable=True))
    op.add_column("companies", sa.Column("confirmed_at", Moment(), nullable=True))
    op.add_column("contacts", sa.Column("confirmed_at", Moment(), nullable=True))
    op.add_column(
        "contracts",
        sa.Column("covers_support", sa.Boolean(), server_default=sa.true(), nullable=False),
    )
    op.add_column("contracts", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("contracts", sa.Column("ends_on", sa.Date(), nullable=True))
    op.add_column("obligations", sa.Column("released_at", Moment(), nullable=True))
    op.add_column("obligations", sa.Column("released_by", sa.String(length=64), nullable=True))
    op.add_column("obligations", sa.Column("escalated_at", Moment(), nullable=True))
    op.add_column("obligations", sa.Column("stubbed_at", Moment(), nullable=True))
    op.add_column(
        "ticket_notes",
        sa.Column("is_public", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column(
        "tickets",
        sa.Column("solved_on_call", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.add_column("ticket_notes", sa.Column("customer_id", Id, nullable=True))
    op.add_column("ticket_notes", sa.Column("company_id", Id, nullable=True))
    op.add_column("trail", sa.Column("about", sa.String(length=64), nullable=True))
    op.create_index("ix_trail_about", "trail", ["about"])
    op.add_column("tickets", sa.Column("form_key", sa.String(length=64), nullable=True))
    op.add_column("tickets", sa.Column("telephone", sa.String(length=20), nullable=True))
    op.create_index(
        "ix_tickets_untaken",
        "tickets",
        ["source"],
        unique=False,
        sqlite_where=sa.text("primary_resource_id IS NULL AND status != 'complete'"),
        postgresql_where=sa.text("primary_resource_id IS NULL AND status != 'complete'"),
    )
    op.create_index("uq_tickets_form_key", "tickets", ["form_key"], unique=True)
    op.add_column("tickets", sa.Column("category_id", Id, nullable=True))
    op.add_column("tickets", sa.Column("subcategory_id", Id, nullable=True))
    op.add_column(
        "tickets",
        sa.Column("title_is_made", sa.Boolean(), server_default=sa.false(), nullable=False),
    )
    op.create_index(
        "ix_obligations_unqualified",
        "obligations",
        ["agent_id", "answered_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'ticketed')"),
        postgresql_where=sa.text("state IN ('open', 'ticketed')"),
    )
