"""The one error of the rig."""


class RigError(Exception):
    """A real Asterisk or a telephone cannot be had, or did not do what the scenario says."""
