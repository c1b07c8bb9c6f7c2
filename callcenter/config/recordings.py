"""``[pbx.recordings]``: where the files are in which a PBX records calls."""

from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from callcenter.config.names import Listed, Table, Word
from callcenter.config.records import LogPath
from callcenter.config.site import Timezone
from callcenter.core.recording_name import NamePattern


def _usable(text: str) -> str:
    problem = NamePattern(text).problem
    if problem:
        raise PydanticCustomError("recording_name", "{problem}", {"problem": problem})
    return text


NameOfFile = Annotated[Word, AfterValidator(_usable)]


class Recordings(Table):
    """``folder`` is where this service finds them: the PBX's own ``/var/spool/asterisk/monitor``,
    or where that is mounted. ``names`` say which files are a call's
    (``callcenter/core/recording_name.py``); ``timezone`` is of the days in them, the site's where
    it is left out.
    """

    folder: LogPath | None = None
    names: Annotated[tuple[NameOfFile, ...], Listed, Field(min_length=1)] = (
        "{year}/{month}/{day}/*{id}.*",
        "*{id}.*",
    )
    timezone: Timezone | None = None
