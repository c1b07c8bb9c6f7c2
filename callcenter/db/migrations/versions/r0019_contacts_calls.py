"""The calls of a contact are found, and a contact is removed, without looking at every call."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_index(op.f("ix_call_contacts_contact_id"), "call_contacts", ["contact_id"])
    op.create_index(op.f("ix_tickets_contact_id"), "tickets", ["contact_id"])
