"""Batches on their way into the log: how large they are, and what becomes of a message that is too large for it."""

import asyncio
from collections import deque
from collections.abc import Sequence

from schemas.ports import Appender, Message, MessageTooLargeError
from schemas.telemetry import Telemetry
from schemas.wire.codec import PROFILES_TOPIC, without_profile

BATCH_RECORDS = 200
BATCH_BYTES = 16 * 2**20


def size_of(message: Message) -> int:
    """Give the bytes that a message holds."""
    return len(message.key) + len(message.value or b"")


def take_batch(waiting: deque[Message], limit_bytes: int = BATCH_BYTES) -> list[Message]:
    """Take the oldest messages, at least one where there is one."""
    batch: list[Message] = []
    size = 0
    while waiting and len(batch) < BATCH_RECORDS:
        size += size_of(waiting[0])
        if batch and size > limit_bytes:
            break
        batch.append(waiting.popleft())
    return batch


def append_batch(log: Appender, messages: Sequence[Message]) -> int:
    """Append a batch; give how many of its messages were left out because the log will never take them.

    A profile that is too large becomes the failure of the same attempt; what is too large even so, or is no profile,
    is left out. Raises LogUnavailableError: then the whole batch is to be sent again.
    """
    batch, left_out = list(messages), 0
    while batch:
        try:
            log.append(PROFILES_TOPIC, batch)
        except MessageTooLargeError as error:
            smaller = without_profile(batch[error.index], str(error))
            batch[error.index : error.index + 1] = [smaller] if smaller else []
            left_out += smaller is None
        else:
            break
    return left_out


async def append_measured(log: Appender, telemetry: Telemetry, messages: Sequence[Message]) -> int:
    """Append a batch in a thread as `append_batch` does, and tell how long the log took."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        return await asyncio.to_thread(append_batch, log, messages)
    finally:
        telemetry.observe("leakstream_log_append_seconds", loop.time() - started)
