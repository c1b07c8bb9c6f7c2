"""Request Tracker 5."""

from callcenter.desks.rt.desk import RtDesk

__all__ = ["RtDesk"]
