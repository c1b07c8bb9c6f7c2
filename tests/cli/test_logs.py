"""What the log says, and what it never says."""

import logging

import pytest
import structlog

from callcenter.cli import logs


def fail(number: str) -> None:
    raise ZeroDivisionError(len(number))


def test_a_traceback_has_no_values_of_variables(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info")
    for log in (structlog.get_logger("ours"), logging.getLogger("theirs")):
        try:
            fail("0639" + "981122")
        except ZeroDivisionError:
            log.exception("failed")
        said = capsys.readouterr().err
        assert "ZeroDivisionError: 10" in said
        assert "0639981122" not in said
