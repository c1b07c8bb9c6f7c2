"""Where the log goes: stderr, one line an event, the libraries' with our own."""

import logging
import sys
from typing import TextIO

import structlog
from aiohttp.http_exceptions import HttpProcessingError
from structlog.typing import Processor

QUIET = "warning"
"""For commands that answer and end: their answer is what they print."""

BEFORE: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
)


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to whatever stderr is at that moment."""

    @property
    def stream(self) -> TextIO:
        """The present stderr."""
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        """Asked for by the base class, which would keep the stderr of the start."""


def is_ours(record: logging.LogRecord) -> bool:
    """Leave out requests that were no HTTP: aiohttp quotes them, and it has answered them 400."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


def configure(level: str) -> None:
    """Log from this level on: debug, info, warning or error."""
    handler = StderrHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=BEFORE,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.dev.ConsoleRenderer(
                    colors=sys.stderr.isatty(),
                    # Where rich is installed it would be used, and quote every local variable.
                    exception_formatter=structlog.dev.plain_traceback,
                ),
            ],
        )
    )
    handler.addFilter(is_ours)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *BEFORE,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
