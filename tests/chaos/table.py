"""What a run found, as tables that a README takes."""

from collections.abc import Iterable

from tests.chaos.run import Result

HEADING = (
    "database",
    "line",
    "placed",
    "answered",
    "in doubt",
    "calls",
    "tickets",
    "lost",
    "doubled",
    "invented",
    "slowest ticket",
    "times true",
)


def table(results: Iterable[Result]) -> str:
    """A row for each database and line; then which faults there were."""
    results = list(results)
    rows = [
        (
            result.database,
            line,
            *(verdict.placed, verdict.answered, verdict.doubtful, verdict.calls, verdict.tickets),
            *map(len, (verdict.lost, verdict.doubled, verdict.invented)),
            f"{verdict.slowest_s:.1f} s",
            f"{verdict.times - len(verdict.mistimed)} of {verdict.times}" if verdict.times else "",
        )
        for result in results
        for line, verdict in sorted(result.verdicts.items(), reverse=True)
    ]
    ruled = ["---", "---", *["---:"] * (len(HEADING) - 2)]
    lines = [_row(cells) for cells in (HEADING, ruled, *rows)]
    return "\n".join([*lines, "", *map(_faults, results)])


def complaints(results: Iterable[Result]) -> list[str]:
    """What must not be, by name."""
    found = []
    for result in results:
        if result.owed is not None:
            found.append(f"{result.database}: {result.owed}")
        found += [
            f"{result.database}, {line}: {what}: {', '.join(named)}"
            for line, verdict in result.verdicts.items()
            for what in ("lost", "doubled", "invented", "mistimed")
            if (named := getattr(verdict, what))
        ]
    return found


def _faults(result: Result) -> str:
    counted = ", ".join(f"{count} x {kind}" for kind, count in sorted(result.faults.items()))
    closed = f", {result.closed} tickets closed there" if result.closed else ""
    return (
        f"{result.database} and {result.desk}{closed}: {result.faults.total()} faults ({counted}); "
        f"{result.ended} times an instance ended by itself."
    )


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
