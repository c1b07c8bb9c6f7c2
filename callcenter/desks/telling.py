"""What a ticket's text tells of its call, or of its alerts."""

from callcenter.desks.desk import Draft


def told(draft: Draft) -> str:
    """What is known, a line for each."""
    is_call = draft.text is None
    lines = {
        "Call" if is_call else "Alerts": draft.key,
        "Line": draft.line,
        "Answered" if is_call else "Since": f"{draft.answered_at:%Y-%m-%d %H:%M:%S} UTC",
        "Agent": draft.agent,
        "Caller": draft.caller,
        "Contact": draft.contact,
        "Company": draft.company,
        "Contract": draft.contract,
        "Account owner": draft.account_owner,
    }
    known = "\n".join(f"{name}: {value}" for name, value in lines.items() if value)
    return "\n\n".join(part for part in (known, draft.text) if part)
