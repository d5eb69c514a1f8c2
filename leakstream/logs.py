"""Structured logs on stderr: a sentence plus fields, JSON for machines and plain lines on a terminal.

WARNING means that something is wrong and nothing is lost; ERROR that something was lost or a role ended.
"""

import logging
import sys
from collections.abc import Callable

import structlog


def configure_logs() -> None:
    """Set up logging for this process; called once, at the front door."""
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.UnicodeDecoder(),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


def reporter(role: str) -> Callable[..., None]:
    """Give the function by which a role reports: a sentence, and fields; with `error` or `problem` it is a warning."""
    logger = structlog.get_logger().bind(role=role)

    def report(sentence: str, **fields: str) -> None:
        troubled = "error" in fields or "problem" in fields
        (logger.warning if troubled else logger.info)(sentence, **fields)

    return report
