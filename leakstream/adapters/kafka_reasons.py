"""Why no connection to a broker came about: the client retries, gives up with a timeout, and tells only its log why.

It also takes a refused user for a lost connection: the broker answers and closes at once, and the client throws the
answer away with the connection (seen in 3.0.12). What it then logs is turned into what it can mean.
"""

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

_FAILURE = re.compile(
    r"(?:Connection failed|Bootstrap (?:connection|attempt) to \S+ failed): (.*?)(?: \(backoff [0-9.]+ secs\))?"
)
_SYSTEM_ERROR = re.compile(r"([0-9]+) E[A-Z]+")
_CLOSED = "socket disconnected"
_CLOSED_MEANS = (
    "the broker closed the connection: a wrong user, password or token, "
    "or a security_protocol that is not its listener's"
)


def find_reason(said: Sequence[str], otherwise: str) -> str:
    """Give the first failure in what the client said, for people; `otherwise` when it said none.

    The first one, because the last one is often cut short by the end of the patience.

    Example input: ["Connection failed: KafkaConnectionError: 111 ECONNREFUSED"]
    Example output: connection refused
    """
    found = next((match for sentence in said if (match := _FAILURE.fullmatch(sentence))), None)
    if found is None:
        return otherwise
    reason = found[1].removeprefix("KafkaConnectionError: ")
    if reason == _CLOSED:
        return _CLOSED_MEANS
    number = _SYSTEM_ERROR.fullmatch(reason)
    return os.strerror(int(number[1])).lower() if number else reason


@contextmanager
def listening() -> Iterator[list[str]]:
    """Listen to the client's log, which then shows it nowhere else; give the list to which its warnings are added."""
    said: list[str] = []
    logger, listener = logging.getLogger("kafka"), _Listener(said)
    logger.addHandler(listener)
    try:
        yield said
    finally:
        logger.removeHandler(listener)


class _Listener(logging.Handler):
    """Keeps what is logged, in order."""

    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one sentence."""
        self._said.append(record.getMessage())
