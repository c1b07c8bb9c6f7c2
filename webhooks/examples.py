"""An example of each outgoing webhook, as it is sent: for documents, and for whoever builds a
receiver before the first call."""

from datetime import UTC, datetime, timedelta

from webhooks.call import Call, Caller, CallTicket, Company, Contact, Leg
from webhooks.event import PbxSight
from webhooks.floor import AgentState, OverdueObligation
from webhooks.shape import Shape
from webhooks.subscription import Test, WebhookType, body
from webhooks.ticket import Ticket

CALL_ID = "5f0c6f4e-8a53-4b0a-9a2f-3a1d7a9e4c11"
TICKET_URL = "https://callcenter.example/tickets/T20261123.0001"

STARTED_AT = datetime(2026, 11, 23, 9, 12, 4, tzinfo=UTC)
ANSWERED_AT = STARTED_AT + timedelta(seconds=11)
ENDED_AT = ANSWERED_AT + timedelta(seconds=148)
QUALIFIED_AT = ENDED_AT + timedelta(seconds=37)

_RINGING = Call(
    id=CALL_ID,
    pbx="main",
    linkedid="1763889124.17",
    line="support",
    caller=Caller(raw="0639981122", e164="+33639981122", name=None),
    company=Company(
        id=7, name="Boulangerie Vasseur", contract="Sérénité", account_owner="zoe", backup="hugo"
    ),
    contacts=[Contact(id=12, name="Inès Vasseur", company="Boulangerie Vasseur")],
    state="ringing",
    outcome=None,
    started_at=STARTED_AT,
    queued_at=STARTED_AT,
    answered_at=None,
    ended_at=None,
    wait_s=None,
    transfers=0,
    legs=[],
    ticket=None,
)

_LEG = Leg(
    agent="hugo",
    agent_name="Hugo Lemaire",
    interface="PJSIP/101",
    offered_at=STARTED_AT,
    answered_at=ANSWERED_AT,
    ended_at=None,
    talk_s=None,
    hold_s=0.0,
    acw_s=None,
)

_ANSWERED = _RINGING.model_copy(
    update={
        "state": "talking",
        "outcome": "answered",
        "answered_at": ANSWERED_AT,
        "wait_s": 11.0,
        "legs": [_LEG],
        "ticket": CallTicket(number=None, url=None, state="open"),
    }
)

_TRANSFERRED = _ANSWERED.model_copy(update={"transfers": 1})

_ENDED = _ANSWERED.model_copy(
    update={
        "state": "ended",
        "ended_at": ENDED_AT,
        "legs": [_LEG.model_copy(update={"ended_at": ENDED_AT, "talk_s": 148.0})],
        "ticket": CallTicket(number="T20261123.0001", url=TICKET_URL, state="ticketed"),
    }
)

_QUALIFIED = _ENDED.model_copy(
    update={"ticket": CallTicket(number="T20261123.0001", url=TICKET_URL, state="qualified")}
)

_MISSED = _RINGING.model_copy(
    update={
        "state": "ended",
        "outcome": "abandoned",
        "ended_at": STARTED_AT + timedelta(seconds=42),
        "wait_s": 42.0,
    }
)

_CREATED = Ticket(
    number="T20261123.0001",
    url=TICKET_URL,
    title="Call from Boulangerie Vasseur",
    call=CALL_ID,
    company="Boulangerie Vasseur",
    contact="Inès Vasseur",
    contract="Sérénité",
    queue="support",
    primary_resource="hugo",
    account_owner="zoe",
    source="phone",
    status="new",
    priority="medium",
    category=None,
    subcategory=None,
    solved_on_call=False,
    created_at=ANSWERED_AT,
    completed_at=None,
    resolution=None,
    merged_into=None,
    telephone=None,
    notes=[],
)

_COMPLETED = _CREATED.model_copy(
    update={
        "title": "The till prints nothing",
        "status": "complete",
        "category": "Printing",
        "solved_on_call": True,
        "completed_at": QUALIFIED_AT,
        "resolution": "Its queue was paused: resumed it, and a receipt came.",
    }
)

_OVERDUE = OverdueObligation(
    call=CALL_ID, line="support", agent="hugo", name="Hugo Lemaire", answered_at=ANSWERED_AT
)

_WRAP_UP = AgentState(
    agent="hugo", name="Hugo Lemaire", state="wrap_up", reason=None, since=ENDED_AT, blocked_on=[]
)

_EXAMPLES: dict[WebhookType, tuple[datetime, Shape]] = {
    WebhookType.CALL_RINGING: (STARTED_AT, _RINGING),
    WebhookType.CALL_ANSWERED: (ANSWERED_AT, _ANSWERED),
    WebhookType.CALL_ENDED: (ENDED_AT, _ENDED),
    WebhookType.CALL_MISSED: (STARTED_AT + timedelta(seconds=42), _MISSED),
    WebhookType.CALL_TRANSFERRED: (ANSWERED_AT + timedelta(seconds=60), _TRANSFERRED),
    WebhookType.TICKET_CREATED: (ANSWERED_AT, _CREATED),
    WebhookType.TICKET_QUALIFIED: (QUALIFIED_AT, _QUALIFIED),
    WebhookType.TICKET_COMPLETED: (QUALIFIED_AT, _COMPLETED),
    WebhookType.OBLIGATION_OVERDUE: (ENDED_AT + timedelta(minutes=15), _OVERDUE),
    WebhookType.AGENT_STATE: (ENDED_AT, _WRAP_UP),
    WebhookType.PBX_OUT_OF_SIGHT: (STARTED_AT, PbxSight(pbx="main", reason="connection refused")),
    WebhookType.TEST: (STARTED_AT, Test(destination="Monitoring")),
}


def example(kind: WebhookType) -> str:
    """The body of a message of this type, JSON."""
    at, data = _EXAMPLES[kind]
    return body(kind, at, data.model_dump_json())
