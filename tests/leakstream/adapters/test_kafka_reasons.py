"""What the client logs while it retries, turned into a reason."""

import logging

import pytest

from leakstream.adapters.kafka_reasons import find_reason, listening

CLOSED = (
    "the broker closed the connection: a wrong user, password or token, "
    "or a security_protocol that is not its listener's"
)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ([], "timeout"),
        (["Bootstrap bootstrap-0 not ready; waiting 0.06 secs"], "timeout"),
        (["Connection failed: KafkaConnectionError: 111 ECONNREFUSED"], "connection refused"),
        (["Bootstrap attempt to b-0 failed: no (backoff 0.05 secs)"], "no"),
        (["Connection failed: KafkaConnectionError: DNS Resolution failure"], "DNS Resolution failure"),
        (["Connection failed: KafkaConnectionError: Handshake failed: [SSL: X] y"], "Handshake failed: [SSL: X] y"),
        (["Bootstrap connection to b-0 failed: KafkaConnectionError: socket disconnected (backoff 0.05 secs)"], CLOSED),
        (
            [
                "Bootstrap connection to b-0 failed: KafkaConnectionError: socket disconnected (backoff 0.05 secs)",
                "Bootstrap connection to b-0 failed: [Error 7] RequestTimedOutError: 64 ms (backoff 0.41 secs)",
                "Bootstrap failed: KafkaTimeoutError: Unable to bootstrap from ['a:1']",
            ],
            CLOSED,
        ),
    ],
)
def test_first_failure_is_the_reason(said: list[str], reason: str) -> None:
    """In words for people; without a failure there is only what was raised."""
    assert find_reason(said, "timeout") == reason


def test_warnings_are_kept_and_the_rest_is_not() -> None:
    """And after listening the log is as it was."""
    logger = logging.getLogger("kafka.net.manager")
    before = list(logging.getLogger("kafka").handlers)
    with listening() as said:
        logger.info("attempting")
        logger.warning("failed %d times", 2)
    assert (said, logging.getLogger("kafka").handlers) == (["failed 2 times"], before)
