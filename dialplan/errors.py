"""The one error of this package."""


class DialplanError(ValueError):
    """The site cannot be rendered as it is; the message names the value and says what to do."""
