"""Autotask PSA, by its REST interface."""

from callcenter.desks.autotask.api import Api
from callcenter.desks.autotask.desk import AutotaskDesk
from callcenter.desks.autotask.directory import Directory
from callcenter.desks.autotask.parties import Parties
from callcenter.desks.autotask.people import People
from callcenter.desks.autotask.picklists import Labels, Picklists
from callcenter.desks.autotask.threshold import Hour
from callcenter.desks.autotask.timesheet import Timesheet

__all__ = [
    "Api",
    "AutotaskDesk",
    "Directory",
    "Hour",
    "Labels",
    "Parties",
    "People",
    "Picklists",
    "Timesheet",
]
