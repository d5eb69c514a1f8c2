"""Making and ending clients so that one that cannot be made leaves nothing behind.

A client that finds no broker raises from its constructor and forgets the network thread it has started, which then
tries to connect for ever: one more thread for each attempt. So a broker is looked for first, and the network client of
one that still fails is ended here.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import KafkaConnectionError
from kafka.net.compat import KafkaNetClient

from schemas.settings_fields import split_address

BOOTSTRAP_MS = 5_000
METADATA_AGE_MS = 30_000
"""Partitions that were added are used after it."""
_KNOCK_SECONDS = 2.0


def open_client(make: Callable[..., Any], options: dict[str, Any]) -> Any:
    """Make a client; raises KafkaConnectionError when nothing listens, and whatever the client raises."""
    _knock(options["bootstrap_servers"])
    networks: list[Any] = []

    def remember(**config: Any) -> Any:
        networks.append(KafkaNetClient(**config))
        return networks[-1]

    try:
        return make(**options, kafka_client=remember, bootstrap_timeout_ms=BOOTSTRAP_MS)
    except BaseException:
        for network in networks:
            network.close()
        raise


def close_quietly(client: Any) -> None:
    """End a client that may be broken; what it says on the way out helps nobody."""
    with suppress(Exception):
        if isinstance(client, KafkaProducer):
            client.close(timeout=1.0)
        elif isinstance(client, KafkaConsumer):
            client.close(autocommit=False, timeout_ms=BOOTSTRAP_MS)
        else:
            client.close()


def _knock(servers: list[str]) -> None:
    """Raise unless somebody listens at one of the addresses."""
    reasons = []
    for server in servers:
        try:
            socket.create_connection(split_address(server), timeout=_KNOCK_SECONDS).close()
        except OSError as error:
            reasons.append(f"{server}: {error.strerror or error}")
        else:
            return
    raise KafkaConnectionError("; ".join(reasons))
