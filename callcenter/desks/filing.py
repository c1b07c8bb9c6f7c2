"""What a desk calls the priority and the category that an agent chose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from webhooks.ticket import Priority

Label = str | int
"""The desk's own word, or its number where it has numbers alone."""

BELOW: Final = " > "
"""Between a category and the one below it."""


@dataclass(frozen=True, slots=True)
class Filing:
    """``priorities`` are by ours; ``categories`` by the path of ours, "Hardware > Printer".

    What has no label here has no place in a ticket either: it is told in the note.
    """

    priorities: Mapping[Priority, Label] = field(default_factory=dict)
    categories: Mapping[str, str] = field(default_factory=dict)

    def priority(self, ours: Priority | None) -> Label | None:
        """Its label of this priority; None where there is none."""
        return self.priorities.get(ours) if ours else None

    def category(self, path: Sequence[str]) -> str | None:
        """Its label of this category, or else of the one above it; None where there is none."""
        paths = (BELOW.join(path[:length]) for length in range(len(path), 0, -1))
        return next((self.categories[one] for one in paths if one in self.categories), None)

    def left(self, priority: Priority | None, path: Sequence[str]) -> str:
        """What has no label, a line for each."""
        lines = {
            "Category": "" if self.category(path) else BELOW.join(path),
            "Priority": "" if self.priority(priority) else priority,
        }
        return "\n".join(f"{name}: {value}" for name, value in lines.items() if value)


NOTHING: Final = Filing()
"""Of a desk of whose priorities and categories nothing is known."""
