"""What every test folder may use, and the rule that under CI nothing is skipped."""

import os

import pytest

pytest_plugins = ["tests.databases"]


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
