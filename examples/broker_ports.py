"""Ports and names of a broker that stay out of everybody's way."""

import re
import socket
from base64 import urlsafe_b64encode
from pathlib import Path
from random import SystemRandom
from uuid import uuid4

_PORTS = range(20_000, 32_000)
"""Below the ports that Linux gives to outgoing connections: while a broker is down nobody takes its port by chance, and
no client that tries it on loopback connects to itself."""


def free_ports(how_many: int) -> tuple[int, ...]:
    """Give free loopback ports that Linux gives to no outgoing connection."""
    chosen: list[int] = []
    for port in SystemRandom().sample(_PORTS, len(_PORTS)):
        if len(chosen) == how_many:
            break
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        chosen.append(port)
    return tuple(chosen)


def kept_ports(properties: Path) -> dict[str, int]:
    """Give the ports that a broker had by its settings, listener by listener; none for a new one."""
    if not properties.exists():
        return {}
    line = next(line for line in properties.read_text().splitlines() if line.startswith("listeners="))
    return {name: int(port) for name, port in re.findall(r"(\w+)://127\.0\.0\.1:(\d+)", line)}


def new_id() -> str:
    """Make an id as Kafka writes them, but without dashes: its tools take a leading one for an option."""
    return urlsafe_b64encode(uuid4().bytes).decode().rstrip("=").replace("-", "_")
