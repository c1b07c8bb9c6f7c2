"""What a ticket's text tells of its call."""

from callcenter.desks.desk import Draft


def told(draft: Draft) -> str:
    """What is known of the call, a line for each."""
    lines = {
        "Call": draft.key,
        "Line": draft.line,
        "Answered": f"{draft.answered_at:%Y-%m-%d %H:%M:%S} UTC",
        "Agent": draft.agent,
        "Caller": draft.caller,
        "Contact": draft.contact,
        "Company": draft.company,
        "Contract": draft.contract,
        "Account owner": draft.account_owner,
    }
    return "\n".join(f"{name}: {value}" for name, value in lines.items() if value)
