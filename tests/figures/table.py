"""What a run found, as a table that a README takes."""

from collections.abc import Iterable, Iterator

from tests.figures import compare
from tests.figures.apart import figures
from tests.figures.run import Result

HEADING = ("figure", "by Asterisk's records", "by the service", "may differ by")

CALLS = {
    "offered": "calls",
    "answered": "answered",
    "abandoned": "given up",
    "short_abandons": "of these, within 6 s",
    "overflowed": "not answered in time",
    "closed": "out of hours",
    "rejected": "rejected",
}
SHARES = {
    "service_level": "service level",
    "abandonment_rate": "abandonment rate",
    "abandoned_of_all": "given up, of all",
    "answer_rate": "answer rate",
    "transfer_rate": "transfer rate",
}


def table(result: Result) -> str:
    """A row for each figure of all lines together."""
    ruled = ("---", "---:", "---:", "---:")
    return "\n".join(_row(cells) for cells in (HEADING, ruled, *_rows(result)))


def _rows(result: Result) -> Iterator[Iterable[str]]:
    counted, page = figures.of(result.calls.values()), result.told.pages[""]
    for name, words in CALLS.items():
        yield words, str(getattr(counted, name)), str(page.counts.get(name, 0)), ""
    for name, (over, of) in compare.shares(counted).items():
        told = page.shares.get(name, (0, 0))
        yield SHARES[name], f"{over} / {of}", f"{told[0]} / {told[1]}", ""
    cells = result.told.by_line["All"] | result.told.by_agent["All"]
    answered = counted.answered or 1
    talk, hold_s = (counted.talk_s, counted.exact_talk_s), counted.hold_s
    for words, name, (by_asterisk, exact), within in (
        (
            "wait of answered",
            "asa_s",
            (counted.wait_s, counted.exact_wait_s),
            counted.wait_within_s,
        ),
        ("talk", "talk_s", talk, counted.talk_within_s),
        ("hold", "hold_s", (hold_s, hold_s), counted.hold_within_s),
        ("handling", "handling_s", (talk[0] + hold_s, talk[1] + hold_s), counted.talk_within_s),
    ):
        told_s = cells.get(name)
        yield (
            f"{words}, mean",
            f"{by_asterisk / answered:.2f} s, exact {exact / answered:.3f} s",
            "-" if told_s is None else f"{told_s:.3f} s",
            f"{within / answered:.2f} s",
        )


def summary(result: Result) -> str:
    """How much was compared, and what differed."""
    compared = len(result.of_calls) + len(result.of_figures)
    return (
        f"Asterisk {result.version}: {len(result.calls)} calls one by one ({len(result.of_calls)} "
        f"comparisons), then {len(result.of_figures)} figures: of {compared}, "
        f"{len(result.differences)} differ."
    )


def complaints(result: Result) -> list[str]:
    """What differs, call by call first, and what Asterisk's own records do not agree on."""
    return [
        *map(str, result.differences),
        *(f"Asterisk's records contradict each other: {doubt}" for doubt in result.doubts),
        *(f"queue_log leaves out, and CEL has: {gap}" for gap in result.gaps),
        *(f"a caller's call went another way: {trouble}" for trouble in result.troubles),
        *(f"a warning: {line}" for line in result.complaints),
    ]


def _row(cells: Iterable[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
