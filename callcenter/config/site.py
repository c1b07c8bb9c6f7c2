"""``[site]``: where the company is."""

from typing import Annotated
from zoneinfo import available_timezones

import phonenumbers
from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from callcenter.config.names import Table


def _country(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise PydanticCustomError("country", "must be a country in two letters, such as 'FR'")
    return code


def _timezone(name: str) -> str:
    if name not in available_timezones():
        raise PydanticCustomError("timezone", "must be a time zone such as 'Europe/Paris'")
    return name


Country = Annotated[str, AfterValidator(_country)]
Timezone = Annotated[str, AfterValidator(_timezone)]


class Site(Table):
    """``country`` is where numbers without a country code are; ``timezone`` is of the days.

    A line has the same of both, unless it says otherwise.
    """

    country: Country = "FR"
    timezone: Timezone = "Europe/Paris"
