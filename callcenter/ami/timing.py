"""How long the link waits for what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """The waits of one link, in seconds; the defaults are those of a PBX on a local network."""

    connect_timeout_s: float = 10.0
    action_timeout_s: float = 10.0

    # Together at most 11 s until a peer that is gone is noticed; the kernel would take minutes.
    ping_every_s: float = 5.0
    ping_timeout_s: float = 6.0

    # Doubled from the first to the last; see backoff.py. A team without its cards waits with us: a
    # PBX that is back is to be found soon, and one more attempt costs it nothing.
    retry_min_s: float = 1.0
    retry_max_s: float = 8.0

    # A wrong secret stays wrong: fewer than ten tries in ten minutes, where fail2ban's jail for
    # Asterisk bans by default.
    refused_min_s: float = 20.0
    refused_max_s: float = 150.0

    # A connection that lived for so long was a good one: the next loss starts a new back-off.
    stable_s: float = 30.0


DEFAULT_TIMING = Timing()
