"""Alerts of monitoring systems: what was sent, what is wrong, and the tickets about it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from callcenter.db.types import Id, Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "alert_deliveries",
        sa.Column("id", Id, nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("times", sa.Integer(), server_default="1", nullable=False),
        sa.Column("written", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_deliveries")),
        sa.UniqueConstraint("source", "digest", name=op.f("uq_alert_deliveries_source_digest")),
    )
    op.create_index("ix_alert_deliveries_received_at", "alert_deliveries", ["received_at"])
    op.create_index(
        "ix_alert_deliveries_waiting",
        "alert_deliveries",
        ["id"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "alert_groups",
        sa.Column("id", Id, nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("line", sa.String(length=64), nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=True),
        sa.Column("company_id", Id, nullable=True),
        sa.Column("ticket_number", sa.String(length=32), nullable=True),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("notes", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_alert_groups_company_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["ticket_number"],
            ["tickets.number"],
            name=op.f("fk_alert_groups_ticket_number"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_groups")),
        sa.UniqueConstraint("ticket_number", name=op.f("uq_alert_groups_ticket_number")),
    )
    op.create_index(op.f("ix_alert_groups_company_id"), "alert_groups", ["company_id"])
    op.create_index("ix_alert_groups_source_last_at", "alert_groups", ["source", "last_at"])
    op.create_table(
        "alert_episodes",
        sa.Column("id", Id, nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("episode", sa.String(length=100), nullable=False),
        sa.Column("group_id", Id, nullable=True),
        sa.Column("company_id", Id, nullable=True),
        sa.Column("device_id", Id, nullable=True),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("first_at", Moment(), nullable=False),
        sa.Column("last_at", Moment(), nullable=False),
        sa.Column("over_at", Moment(), nullable=True),
        sa.Column("said_over_at", Moment(), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"],
            ["companies.id"],
            name=op.f("fk_alert_episodes_company_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_alert_episodes_device_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["alert_groups.id"],
            name=op.f("fk_alert_episodes_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_episodes")),
        sa.UniqueConstraint(
            "source", "key", "episode", name=op.f("uq_alert_episodes_source_key_episode")
        ),
    )
    for column in ("device_id", "group_id"):
        op.create_index(op.f(f"ix_alert_episodes_{column}"), "alert_episodes", [column])
    op.create_index(
        "ix_alert_episodes_going_on",
        "alert_episodes",
        ["company_id"],
        sqlite_where=sa.text("over_at IS NULL"),
        postgresql_where=sa.text("over_at IS NULL"),
    )
    op.create_table(
        "alert_devices",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["devices.id"],
            name=op.f("fk_alert_devices_device_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("source", "external_id", name=op.f("pk_alert_devices")),
    )
    op.create_index(op.f("ix_alert_devices_device_id"), "alert_devices", ["device_id"])
    op.create_table(
        "alert_desk_tickets",
        sa.Column("group_id", Id, nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        *_attempts(),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["alert_groups.id"],
            name=op.f("fk_alert_desk_tickets_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("group_id", name=op.f("pk_alert_desk_tickets")),
        sa.UniqueConstraint("key", name=op.f("uq_alert_desk_tickets_key")),
    )
    op.create_index(
        "ix_alert_desk_tickets_wanted",
        "alert_desk_tickets",
        ["desk", "next_attempt_at"],
        sqlite_where=sa.text("number IS NULL"),
        postgresql_where=sa.text("number IS NULL"),
    )
    op.create_table(
        "alert_desk_notes",
        sa.Column("id", Id, nullable=False),
        sa.Column("group_id", Id, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        *_attempts(),
        sa.ForeignKeyConstraint(
            ["group_id"],
            ["alert_groups.id"],
            name=op.f("fk_alert_desk_notes_group_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert_desk_notes")),
    )
    op.create_index(op.f("ix_alert_desk_notes_group_id"), "alert_desk_notes", ["group_id"])


def _attempts() -> list[sa.Column[Any]]:
    return [
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", Moment(), nullable=True),
        sa.Column("next_attempt_at", Moment(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
    ]
