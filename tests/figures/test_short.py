"""A short run, with a call of every outcome; ``make figures`` is the long one."""

from pathlib import Path

from tests.figures.plan import short
from tests.figures.run import run
from tests.figures.table import complaints, summary, table
from tests.rig.fixtures import available

VERSION = 22  # what the service is told differs by version elsewhere: tests/e2e
SEED = 5


async def test_the_figures_are_those_of_asterisks_own_records(tmp_path: Path) -> None:
    result = await run(available(VERSION), short(SEED), tmp_path)
    print(table(result), summary(result), *complaints(result), sep="\n")
    assert result.differences == []
    assert result.doubts == []
    outcomes = {call.outcome for call in result.calls.values()}
    assert outcomes == {
        "answered",
        "abandoned",
        "short_abandon",
        "overflow",
        "closed",
        "rejected",
    }
