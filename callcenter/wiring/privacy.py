"""What is removed when it has served its time, as it is configured."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.config import Settings
from callcenter.core.recording_name import NamePattern
from callcenter.core.slots import SlotOf
from callcenter.db.ageing import Ageing
from callcenter.records.recordings import Recordings
from callcenter.records.recordings_ageing import RecordingsAgeing


def ageing(settings: Settings, slot_of: SlotOf) -> Ageing | None:
    """The removal of callers; None where they are kept."""
    days = settings.retention.callers_days
    if days is None:
        return None
    return Ageing(days=days, zone=ZoneInfo(settings.site.timezone), slot_of=slot_of)


def recordings(settings: Settings) -> Mapping[str, Recordings]:
    """Those of each PBX whose folder is configured."""
    return {
        pbx.name: Recordings(
            folder=pbx.recordings.folder,
            names=tuple(map(NamePattern, pbx.recordings.names)),
            zone=ZoneInfo(pbx.recordings.timezone or settings.site.timezone),
        )
        for pbx in settings.pbxs
        if pbx.recordings.folder is not None
    }


def recordings_ageing(
    settings: Settings, found: Mapping[str, Recordings], now: Callable[[], datetime]
) -> RecordingsAgeing | None:
    """The removal of old recordings; None where they are kept, or there are none."""
    days = settings.retention.recordings_days
    if days is None or not found:
        return None
    return RecordingsAgeing(days=days, recordings=found, now=now)
