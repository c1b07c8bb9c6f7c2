"""What is removed when it has served its time, as it is configured."""

from zoneinfo import ZoneInfo

from callcenter.config import Settings
from callcenter.core.slots import SlotOf
from callcenter.db.ageing import Ageing


def ageing(settings: Settings, slot_of: SlotOf) -> Ageing | None:
    """The removal of callers; None where they are kept."""
    days = settings.retention.callers_days
    if days is None:
        return None
    return Ageing(days=days, zone=ZoneInfo(settings.site.timezone), slot_of=slot_of)
