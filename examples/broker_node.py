"""One broker of Apache Kafka on loopback: a Java process and its folder.

It never outlives the process that started it, however that ends. What it keeps is in its folder: records, log,
settings, and its ports, which stay the same over restarts.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from string import Template
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import IO, Self

from examples.broker_ports import free_ports, kept_ports, new_id
from examples.broker_security import LISTENERS, Security
from examples.kafka_jars import ROOT, BrokerError, copy_jars, tail

TEMPLATES = ROOT / "infra" / "kafka"
NOTHING: Mapping[str, str] = MappingProxyType({})
ALONE = MappingProxyType({"replication": "1", "in_sync": "1", "session_millis": "1000"})
_READY = "Kafka Server started"
_READY_SECONDS = 60
STOP_SECONDS = 15
_LOOK_SECONDS = 0.05
_JAVA_OPTIONS = ("-Xms64m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:ActiveProcessorCount=2")
_ARCHIVE = "classes.jsa"
_STARTER = ThreadPoolExecutor(1, "broker-starter")
"""The one thread that starts brokers: to Linux it is their parent, so they end with the process, not with a thread."""


@dataclass(slots=True)
class Broker:
    """One broker with its controller; make it with `Broker.make`, or three with `Quorum.make`."""

    folder: Path
    node: int
    jars: Path
    protocols: Mapping[str, str]
    ports: Mapping[str, int]
    process: subprocess.Popen[bytes] | None = None
    log_start: int = 0

    @classmethod
    def make(
        cls,
        folder: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] = NOTHING,
        security: Security | None = None,
    ) -> Self:
        """Prepare a broker in a folder; an empty one is formatted, what is there is kept, and settings apply anew.

        The listener without security is always there, others come with `security`.
        """
        broker = cls.lay_out(folder, 1, prepare_jars(), port, LISTENERS if security else NOTHING)
        broker.write_settings((broker,), ALONE, {**security.settings(), **settings} if security else settings)
        if not broker.is_formatted():
            users = security.format_arguments() if security else ()
            broker.format("--standalone", "--cluster-id", new_id(), *users)
        return broker

    @classmethod
    def lay_out(
        cls, folder: Path, node: int, jars: Path, port: int | None = None, secured: Mapping[str, str] = NOTHING
    ) -> Self:
        """Give a broker its folder and its ports: those it had, or free ones."""
        folder = folder.resolve()
        folder.mkdir(parents=True, exist_ok=True)
        protocols = {"PLAINTEXT": "PLAINTEXT", "CONTROLLER": "PLAINTEXT", **secured}
        kept = kept_ports(folder / "server.properties") | ({} if port is None else {"PLAINTEXT": port})
        missing = [name for name in protocols if name not in kept]
        ports = kept | dict(zip(missing, free_ports(len(missing)), strict=True))
        return cls(folder, node, jars, protocols, {name: ports[name] for name in protocols})

    def write_settings(
        self, controllers: "Sequence[Broker]", replication: Mapping[str, str], settings: Mapping[str, str]
    ) -> None:
        """Fill the template in; settings come last and so win."""
        text = Template((TEMPLATES / "server.properties").read_text()).substitute(
            replication,
            node=self.node,
            data=self.folder / "data",
            controllers=",".join(each.address("CONTROLLER") for each in controllers),
            listeners=",".join(f"{name}://{self.address(name)}" for name in self.ports),
            protocols=",".join(f"{name}:{protocol}" for name, protocol in self.protocols.items()),
        )
        own = "".join(f"{name}={value}\n" for name, value in settings.items())
        (self.folder / "server.properties").write_text(text + own)

    def is_formatted(self) -> bool:
        """Say whether the folder holds the data of a broker."""
        return (self.folder / "data" / "meta.properties").exists()

    def format(self, *arguments: str) -> None:
        """Prepare the empty data folder, as Kafka wants it before the first start."""
        command = self.java("kafka.tools.StorageTool", "format", *arguments, "--config", "server.properties")
        ran = subprocess.run(  # noqa: S603 our own words
            command, cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if ran.returncode:
            raise BrokerError(f"the folder of a broker could not be formatted:\n{tail(ran.stdout)}")

    def java(self, program: str, *arguments: str) -> list[str]:
        """Give the command for a program of Kafka; Java itself expands the star."""
        logging = f"-Dlog4j2.configurationFile={TEMPLATES / 'log4j2.properties'}"
        archive = self.jars / _ARCHIVE
        learned = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
        return ["java", *_JAVA_OPTIONS, *learned, logging, "-cp", f"{self.jars}/*", program, *arguments]

    @property
    def bootstrap(self) -> str:
        """Give the address for clients, without security."""
        return self.address("PLAINTEXT")

    def address(self, listener: str) -> str:
        """Give the address of a listener; KeyError for one it does not have."""
        return f"127.0.0.1:{self.ports[listener]}"

    @property
    def log(self) -> Path:
        """Give the file that holds what the broker said, over all its starts."""
        return self.folder / "broker.log"

    @property
    def pid(self) -> int:
        """Give the id of the process; raises when none was started."""
        if self.process is None:
            raise BrokerError("the broker was not started")
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """Give how it ended: 143 after a stop, -9 after a kill; none while it runs or before it did."""
        return None if self.process is None else self.process.poll()

    def start(self) -> None:
        """Start and wait until clients are served; what does not get so far is killed."""
        self.launch()
        try:
            self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def launch(self, *java_options: str) -> None:
        """Start without waiting; nothing happens to one that runs."""
        if self.is_running():
            return
        leash = [sys.executable, str(ROOT / "examples" / "leash.py"), "--kill", str(os.getpid())]
        with self.log.open("ab") as log:
            self.log_start = log.tell()
            java, *rest = self.java("kafka.Kafka", "server.properties")
            command = [*leash, java, *java_options, *rest]
            self.process = _STARTER.submit(_spawn, command, self.folder, log).result()

    def wait_ready(self) -> None:
        """Wait until this very start is ready; raises with the end of the log when it is not, or not in time."""
        deadline = time.monotonic() + _READY_SECONDS
        while _READY not in self.said():
            if not self.is_running():
                raise BrokerError(f"the broker ended with {self.exit_code} while it started:\n{tail(self.said())}")
            if time.monotonic() > deadline:
                raise BrokerError(f"the broker was not ready within {_READY_SECONDS} s:\n{tail(self.said())}")
            time.sleep(_LOOK_SECONDS)

    def said(self) -> str:
        """Give what the broker logged since its last start."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            return log.read().decode(errors="replace")

    def hold(self) -> None:
        """Wait until it ends, and raise then."""
        if self.process is not None:
            raise BrokerError(f"the broker ended with {self.process.wait()}:\n{tail(self.said())}")

    def is_running(self) -> bool:
        """Say whether the process is there, paused or not."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> None:
        """End it in order, or by force when that takes too long."""
        self.terminate()
        self.wait_ended(time.monotonic() + STOP_SECONDS)

    def terminate(self) -> None:
        """Ask it to end, without waiting; one that is paused wakes up for it."""
        self.send(signal.SIGTERM)
        self.send(signal.SIGCONT)

    def wait_ended(self, deadline: float) -> None:
        """Wait until it ended; from the deadline on (monotonic) it is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it with SIGKILL, and wait until it is gone."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def pause(self) -> None:
        """Let it hang: connections stay open, nothing is answered."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on after a pause."""
        self.send(signal.SIGCONT)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it runs."""
        if self.process is not None:
            self.process.send_signal(number)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def prepare_jars() -> Path:
    """Give the folder of the jars; the first time of all, Maven brings them and Java learns their classes."""
    return copy_jars(learn_classes)


def learn_classes(jars: Path) -> None:
    """Run a broker for a moment and let Java keep what it loaded: later ones start in a third of the time.

    A Java that cannot, or another Java later, starts brokers in full.
    """
    learned = jars / "classes.unfinished"
    with TemporaryDirectory() as folder:
        broker = Broker.lay_out(Path(folder), 1, jars)
        broker.write_settings((broker,), ALONE, NOTHING)
        broker.format("--standalone", "--cluster-id", new_id())
        broker.launch(f"-XX:ArchiveClassesAtExit={learned}")
        try:
            broker.wait_ready()
        finally:
            broker.stop()
    if learned.exists() and broker.exit_code != -signal.SIGKILL:
        learned.rename(jars / _ARCHIVE)


def _spawn(command: Sequence[str], folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start a program that no Ctrl-C of ours reaches."""
    return subprocess.Popen(  # noqa: S603 our own words
        command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
    )
