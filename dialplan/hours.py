"""Opening hours as GotoIfTime understands them."""

from dialplan.site import DAYS, Hours

MIDNIGHT = ("00:00", "24:00")
"""Of the day that begins, and of the one that ends."""


def time_specs(hours: Hours, time_zone: str | None) -> tuple[str, ...]:
    """``times,weekdays,month days,months[,time zone]``, twice for a span that goes past midnight.

    To GotoIfTime Saturday at one in the morning is Saturday, whenever the span began: Friday's
    span from 22:00 to 06:00 is Friday's evening and Saturday's morning.
    """
    if hours.opens < hours.closes or hours.closes in MIDNIGHT:
        return (_spec(hours.opens, hours.closes, hours.days, time_zone),)
    return (
        _spec(hours.opens, "24:00", hours.days, time_zone),
        _spec("00:00", hours.closes, _day_after(hours.days), time_zone),
    )


def _spec(opens: str, closes: str, days: str, time_zone: str | None) -> str:
    spec = f"{opens}-{_minute_before(closes)},{days},*,*"
    return f"{spec},{time_zone}" if time_zone else spec


def _minute_before(clock: str) -> str:
    """GotoIfTime's last minute is still inside: a line that closes at 18:00 ends at 17:59."""
    hour, minute = map(int, ("24:00" if clock == "00:00" else clock).split(":"))
    hour, minute = divmod(hour * 60 + minute - 1, 60)
    return f"{hour:02}:{minute:02}"


def _day_after(days: str) -> str:
    """``tue-sat`` for ``mon-fri``."""
    return "-".join(DAYS[(DAYS.index(day) + 1) % len(DAYS)] for day in days.split("-"))
