"""Where the ticket of an alert goes, and how urgent it is: by the first rule that fits."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from callcenter.core.alert import Alert

PRIORITIES = ("low", "medium", "high", "critical")
"""From the least to the most urgent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Patterns with ``*`` and ``?``, whatever the case; None fits everything.

    ``line`` and ``priority`` None leave what holds without the rule.
    """

    site: str | None = None
    device: str | None = None
    severity: str | None = None
    text: str | None = None
    line: str | None = None
    priority: str | None = None

    def fits(self, alert: Alert) -> bool:
        """Whether each of its patterns fits the whole of what the alert says there."""
        pairs = (
            (self.site, alert.site),
            (self.device, alert.device),
            (self.severity, alert.severity),
            (self.text, alert.text),
        )
        return all(pattern is None or _fits(pattern, said) for pattern, said in pairs)


@dataclass(frozen=True, slots=True)
class Route:
    """The line in whose queue the ticket is, and its priority."""

    line: str
    priority: str


@dataclass(frozen=True, slots=True)
class Routing:
    """``default`` is for what no rule speaks of."""

    default: Route
    rules: Sequence[Rule] = ()

    def of(self, alert: Alert) -> Route:
        """The first rule that fits decides."""
        rule = next((rule for rule in self.rules if rule.fits(alert)), Rule())
        line, priority = rule.line or self.default.line, rule.priority or self.default.priority
        return Route(line, priority)


def less_urgent(priority: str) -> Sequence[str]:
    """Those that have to give way to this one."""
    return PRIORITIES[: PRIORITIES.index(priority)]


def _fits(pattern: str, said: str) -> bool:
    return fnmatchcase(said.casefold(), pattern.casefold())
