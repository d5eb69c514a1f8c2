"""A real Apache Kafka on loopback for tests, for the demo and for `make kafka`: one broker, or three as a quorum.

This is the file to import from. `python -m examples.broker` runs one broker until Ctrl-C; what it keeps is in .kafka/.
"""

import argparse
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Self

from rich.console import Console

from examples.broker_node import NOTHING, STOP_SECONDS, Broker, prepare_jars
from examples.broker_ports import free_ports, new_id
from examples.broker_security import Security, make_security
from examples.kafka_jars import FOLDER, BrokerError, MissingToolError, missing_tools

__all__ = [
    "Broker",
    "BrokerError",
    "MissingToolError",
    "Quorum",
    "Security",
    "free_ports",
    "make_security",
    "missing_tools",
    "prepare_jars",
]

_HOW_TO_USE = """\
Kafka is ready at {bootstrap}; Ctrl-C ends it. In a settings file:

log:
  kafka:
    bootstrap_servers: ["{bootstrap}"]
    topics: {{replication_factor: 1, min_insync_replicas: 1}}
"""
OF_THREE = MappingProxyType({"replication": "3", "in_sync": "2", "session_millis": "1500"})


@dataclass(frozen=True, slots=True)
class Quorum:
    """Three brokers that keep every record on three of them, and take writes while two are there."""

    brokers: tuple[Broker, ...]

    @classmethod
    def make(cls, folder: Path, *, settings: Mapping[str, str] = NOTHING) -> Self:
        """Prepare three brokers in a folder; what is there is kept, and settings apply anew to each."""
        jars = prepare_jars()
        brokers = tuple(Broker.lay_out(folder / f"broker-{node}", node, jars) for node in (1, 2, 3))
        for broker in brokers:
            broker.write_settings(brokers, OF_THREE, settings)
        if not any(broker.is_formatted() for broker in brokers):
            voters = ",".join(f"{each.node}@127.0.0.1:{each.ports['CONTROLLER']}:{new_id()}" for each in brokers)
            cluster = new_id()
            for broker in brokers:
                broker.format("--initial-controllers", voters, "--cluster-id", cluster)
        return cls(brokers)

    @property
    def bootstrap(self) -> str:
        """Give the addresses of all three, for clients."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    def start(self, node: int | None = None) -> None:
        """Start one broker by its number (1 to 3), or all, and wait until they serve; what does not is killed."""
        chosen = self._choose(node)
        try:
            for broker in chosen:
                broker.launch()
            for broker in chosen:
                broker.wait_ready()
        except BaseException:
            self.kill(node)
            raise

    def stop(self, node: int | None = None) -> None:
        """End one broker in order, or all at once: the last of a row would wait for the others without end."""
        chosen = self._choose(node)
        for broker in chosen:
            broker.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for broker in chosen:
            broker.wait_ended(deadline)

    def kill(self, node: int | None = None) -> None:
        """End one broker with SIGKILL, or all."""
        for broker in self._choose(node):
            broker.kill()

    def _choose(self, node: int | None) -> tuple[Broker, ...]:
        return self.brokers if node is None else (self.brokers[node - 1],)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class EndedError(Exception):
    """A signal asked the broker to end."""


def heed_signals() -> None:
    """Let the first signal end the broker, and no second one disturb that."""

    def end(_number: int, _frame: object) -> None:
        for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(ending, signal.SIG_IGN)
        raise EndedError

    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, end)


def serve(port: int, console: Console) -> None:
    """Run one broker until a signal; raises when it ends by itself."""
    console.print("starting Apache Kafka (the first time Maven brings its jars) …", soft_wrap=True)
    broker = Broker.make(FOLDER / "broker", port=port)
    try:
        broker.start()
        console.print(_HOW_TO_USE.format(bootstrap=broker.bootstrap), soft_wrap=True, markup=False)
        broker.hold()
    finally:
        broker.stop()


def main() -> int:
    """Read the arguments and run; a signal is how it is meant to end."""
    parser = argparse.ArgumentParser(description="Run one Apache Kafka broker on loopback until Ctrl-C.")
    parser.add_argument("--port", type=int, default=9092, help="where clients connect (9092)")
    arguments = parser.parse_args()
    console = Console(highlight=False)
    heed_signals()
    try:
        serve(arguments.port, console)
    except EndedError:
        return 0
    except BrokerError as error:
        console.print(f"no Kafka: {error}", soft_wrap=True, markup=False)
    return 1


if __name__ == "__main__":
    sys.exit(main())
