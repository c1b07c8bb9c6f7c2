"""What the runs that decide over a change let through."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytest_plugins = ["pytester"]

SKIPPED = """
    import pytest

    def test_skipped():
        pytest.skip("no such program here")
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    conftest = (ROOT / "tests/conftest.py").read_text(encoding="utf-8")
    pytester.makeconftest(conftest.replace('pytest_plugins = ["tests.databases"]', ""))
    pytester.makepyfile(SKIPPED)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    return pytester


def test_a_skipped_test_fails_the_run_under_ci(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    result = project.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*skipped under CI, which is a failure*"])


def test_a_skipped_test_is_let_through_elsewhere(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    assert project.runpytest_inprocess().ret == pytest.ExitCode.OK
