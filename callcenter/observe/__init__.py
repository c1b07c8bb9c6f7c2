"""What the service measures of itself, beside HTTP and what is read from the database.

Labels name parts of the site (a PBX, a line, a desk), never a caller, an agent or a number.
"""

from callcenter.observe.counted import Metrics
from callcenter.observe.jobs import Jobs
from callcenter.observe.links import LINK_COUNTERS, Links
from callcenter.observe.pulse import watch_loop

__all__ = ["LINK_COUNTERS", "Jobs", "Links", "Metrics", "watch_loop"]
