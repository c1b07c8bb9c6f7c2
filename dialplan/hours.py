"""Opening hours as GotoIfTime understands them."""

from dialplan.site import Hours

MINUTES_A_DAY = 24 * 60


def time_spec(hours: Hours, time_zone: str | None) -> str:
    """``times,weekdays,month days,months[,time zone]``.

    GotoIfTime's last minute is still inside, so a line that closes at 18:00 ends at 17:59.
    """
    spec = f"{hours.opens}-{_minute_before(hours.closes)},{hours.days},*,*"
    return f"{spec},{time_zone}" if time_zone else spec


def _minute_before(clock: str) -> str:
    hour, minute = clock.split(":")
    last = (int(hour) * 60 + int(minute) - 1) % MINUTES_A_DAY
    return f"{last // 60:02}:{last % 60:02}"
