"""The client's errors -> the port's, in a sentence.

The client reports most failures by the name of a class and no text. Everything it can meet at run time is either gone
in a moment or for a person to mend while we wait, so all of it is LogUnavailableError.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import errors

from schemas.ports import LogUnavailableError

_SENTENCES: tuple[tuple[type[Exception], str], ...] = (
    (errors.KafkaTimeoutError, "no broker answered in time"),
    (errors.UnknownTopicOrPartitionError, "the topic does not exist; `leakstream topics apply` makes it"),
    (errors.NotEnoughReplicasError, "too few replicas are in sync to acknowledge a record"),
    (errors.NotEnoughReplicasAfterAppendError, "too few replicas are in sync to acknowledge a record"),
    (errors.TopicAuthorizationFailedError, "the broker does not let this user use the topic"),
    (errors.GroupAuthorizationFailedError, "the broker does not let this user use the group"),
    (errors.ClusterAuthorizationFailedError, "the broker does not let this user do this"),
    (errors.SaslAuthenticationFailedError, "the broker refused the user or the password"),
    (errors.KafkaConnectionError, "no connection to a broker"),
)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn whatever the client raises into LogUnavailableError that begins with `what`.

    The client raises RuntimeError when its network thread is gone, and OSError from the socket.
    """
    try:
        yield
    except (errors.KafkaError, RuntimeError, OSError) as error:
        raise LogUnavailableError(f"{what}: {explain(error)}") from error


def explain(error: Exception) -> str:
    """Say what went wrong: a sentence where there is one, and what the client said.

    Example input: KafkaTimeoutError("Timeout after waiting for 30 secs.")
    Example output: no broker answered in time (KafkaTimeoutError: Timeout after waiting for 30 secs.)
    """
    said = f"{type(error).__name__}: {error}"
    sentence = next((words for kind, words in _SENTENCES if isinstance(error, kind)), None)
    return f"{sentence} ({said})" if sentence else said
