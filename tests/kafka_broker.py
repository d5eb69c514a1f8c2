"""What tests share about Kafka: whether it can be had here, and topics that are nobody else's."""

import os
from itertools import count

import pytest

from examples.broker import missing_tools

_TOPICS = count(1)


def need_kafka() -> None:
    """Skip the test where Java or Maven is missing, with the reason; in continuous integration fail instead."""
    reason = missing_tools()
    if reason and os.environ.get("CI") == "true":
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)


def new_topic(what: str = "topic") -> str:
    """Give a name that no other test of the session uses."""
    return f"{what}-{next(_TOPICS)}"
