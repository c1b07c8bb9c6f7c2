"""Recording the floor: what telephones and queue members do, told only where it is new.

A pause that begins or ends at the PBX itself is the agent's own, in the same transaction.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from callcenter.core.facts import Fact, MemberChanged, RingGroupChanged, TelephoneChanged
from callcenter.core.steering import begins_own_pause, ends_own_pause
from callcenter.db import agents, pauses, telephones
from callcenter.db.journal import NewEntry
from callcenter.db.telephones import MemberNews
from webhooks import EventType, QueueMember, Telephone


async def write(connection: AsyncConnection, facts: Sequence[Fact]) -> list[NewEntry]:
    """Write what the facts say of the floor, and give what is to be told of it.

    A PBX's snapshot says everything again, every minute: most of that is nothing new.
    """
    states = [fact for fact in facts if isinstance(fact, TelephoneChanged)]
    new_states = await telephones.write_states(connection, states)
    new_members = await telephones.write_members(connection, _still_members(facts))
    await _take_over_pauses(connection, new_members)
    return [*map(_telephone, new_states), *(_member(one.fact) for one in new_members)]


async def _take_over_pauses(connection: AsyncConnection, news: Sequence[MemberNews]) -> None:
    said = [
        one for one in news if begins_own_pause(one.fact) or ends_own_pause(one.before, one.fact)
    ]
    holders = await agents.by_interface(connection) if said else {}
    for one in said:
        holder = holders.get(one.fact.interface)
        if holder is not None:
            await _take_over(connection, holder.agent_id, one.fact)


async def _take_over(connection: AsyncConnection, agent_id: int, fact: MemberChanged) -> None:
    if not fact.paused:
        await pauses.end(connection, agent_id, now=fact.at)
    # A pause without a reason has none to put in the place of what the agent chose.
    elif fact.reason or await pauses.get(connection, agent_id) is None:
        await pauses.begin(connection, agent_id, fact.reason, source="pbx", now=fact.at)


def _still_members(facts: Sequence[Fact]) -> list[MemberChanged]:
    """Without those who have left the queue since."""
    groups = {fact.line: fact.interfaces for fact in facts if isinstance(fact, RingGroupChanged)}
    return [
        fact
        for fact in facts
        if isinstance(fact, MemberChanged)
        and fact.interface in groups.get(fact.line, {fact.interface})
    ]


def _telephone(fact: TelephoneChanged) -> NewEntry:
    shape = Telephone(pbx=fact.pbx, interface=fact.interface, state=fact.state.value)
    return NewEntry(fact.at, EventType.TELEPHONE_CHANGED, None, None, shape.model_dump_json())


def _member(fact: MemberChanged) -> NewEntry:
    shape = QueueMember(
        line=fact.line, interface=fact.interface, paused=fact.paused, reason=fact.reason or None
    )
    kind = EventType.QUEUE_MEMBER_CHANGED
    return NewEntry(fact.at, kind, fact.line, None, shape.model_dump_json())
