"""What every test folder may use, and the rule that under CI nothing is skipped."""

import os

import pytest
from hypothesis import settings

from tests import scratch

scratch.use_memory()

# A busy machine is no failure; and a red run under CI has to be red again when it is repeated.
settings.register_profile("callcenter", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("callcenter")

pytest_plugins = ["tests.databases"]

SLOWEST_FIRST = ("chaos", "e2e", "figures", "web/browser", "dialplan", "instances", "desks")
"""Folders whose files take minutes: what is short fills the gaps at the end of a run."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long."""
    items.sort(key=_rank)


def _rank(item: pytest.Item) -> int:
    path = item.path.as_posix()
    found = (rank for rank, name in enumerate(SLOWEST_FIRST) if f"/tests/{name}/" in path)
    return next(found, len(SLOWEST_FIRST))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Under CI, say that a skipped test is a failure: ``-ra`` has listed each with its reason."""
    if _skipped(terminalreporter):
        terminalreporter.section("skipped under CI, which is a failure", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI, let a skipped test fail the run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.exitstatus == pytest.ExitCode.OK and reporter and _skipped(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _skipped(reporter: pytest.TerminalReporter) -> bool:
    return "CI" in os.environ and bool(reporter.stats.get("skipped"))
