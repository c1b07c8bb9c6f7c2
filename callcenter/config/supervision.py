"""``[supervision]``: supervisors who listen to calls that go on."""

from callcenter.config.names import Table


class Supervision(Table):
    """Who may is a right of each agent: ``callcenter agent grant``."""

    announce: bool = True  # the page of the agent who is listened to says so, and by whom
