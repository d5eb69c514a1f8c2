"""The running process: starts roles, serves health and the ClickHouse door, and ends them all in order.

A role that ends by itself ends the process with its reason: a half-alive pipeline looks healthy and is not. The first
SIGTERM or SIGINT drains, the second stops at once.
"""

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import AsyncExitStack
from threading import Event

from collectors.collect import collect
from collectors.spool import Spool, SpoolUnavailableError
from collectors.spooled_outbox import BUFFER_BYTES
from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.adapters.kafka_clients import KafkaSettingsError, MissingLibraryError
from leakstream.confine import Confinement
from leakstream.confine_places import clear_temporary
from leakstream.logs import configure_logs, reporter
from leakstream.serve.health import Health, start_health
from leakstream.wall import build_wall
from leakstream.wiring import (
    House,
    make_deliverer,
    make_evidence,
    make_jobs,
    make_processor,
    member_name,
    open_house_of,
    open_spool,
    open_store,
    warm_kernels,
)
from schemas.ports import LogUnavailableError, StoreRefusedError, StoreUnavailableError
from schemas.settings import Settings
from schemas.settings_load import SettingsError
from schemas.store.render import SchemaError

COLLECT, PROCESS, NOTIFY = "collect", "process", "notify"
_RETAIN_SECONDS = 60.0
_TICK_SECONDS = 0.2
_INTERRUPTED = 130
_WRONG_SETTINGS = 2
_UNAVAILABLE = (
    LogUnavailableError,
    MissingLibraryError,
    SchemaError,
    SpoolUnavailableError,
    StoreUnavailableError,
    StoreRefusedError,
)


def run_up(settings: Settings) -> int:
    """Run everything in this process; give the exit code."""
    return _run(settings, (COLLECT, PROCESS, NOTIFY))


def run_collect(settings: Settings) -> int:
    """Run the collector; give the exit code."""
    return _run(settings, (COLLECT,))


def run_process(settings: Settings) -> int:
    """Run the processor; give the exit code."""
    return _run(settings, (PROCESS,))


def run_notify(settings: Settings) -> int:
    """Run the notifier; give the exit code."""
    return _run(settings, (NOTIFY,))


def _run(settings: Settings, roles: tuple[str, ...]) -> int:
    """Run some roles until a signal, or until one of them ends."""
    configure_logs()
    report = reporter("up")
    try:
        confinement = _build_wall(settings, roles, report)
        return asyncio.run(_Process(settings, roles, confinement).run())
    except (KafkaSettingsError, SettingsError) as error:
        report("cannot start", error=str(error))
        return _WRONG_SETTINGS
    except (OSError, *_UNAVAILABLE) as error:
        report("cannot start", error=str(error))
        return 1


def _build_wall(settings: Settings, roles: tuple[str, ...], report: Callable[..., None]) -> Confinement | None:
    """Confine this process where it opens a store; None where it opens none."""
    if not {PROCESS, NOTIFY} & set(roles):
        return None
    return build_wall(settings, report, warm_kernels if PROCESS in roles else lambda: None)


class _Process:
    """One process with its roles. `ended` maps a role that ended to its reason."""

    def __init__(self, settings: Settings, roles: tuple[str, ...], confinement: Confinement | None) -> None:
        self.confinement = confinement
        self.settings = settings
        self.roles = roles
        self.stop = Event()
        self.stop_collecting = asyncio.Event()
        self.collected = asyncio.Event()
        self.ended: dict[str, str] = {}
        self.started: set[str] = set()
        self.signals = 0
        self.report = reporter("up")

    async def run(self) -> int:
        """Start everything, wait, end everything."""
        async with AsyncExitStack() as stack:
            house = open_house_of(self.settings, self.stop)
            stack.callback(house.log.close)
            spool = open_spool(self.settings) if COLLECT in self.roles else None
            if spool is not None:
                stack.callback(spool.close)
            self._listen_to_signals()
            threads = await self._start(stack, house, spool)
            await self._wait(house)
            await asyncio.to_thread(_join, threads)
        failed = {role: reason for role, reason in self.ended.items() if reason}
        for role, reason in failed.items():
            self.report("a role ended", ended=role, error=reason)
        return 1 if failed else 0

    async def _start(self, stack: AsyncExitStack, house: House, spool: Spool | None) -> list[threading.Thread]:
        """Start the listeners and the roles."""
        host, port = self.settings.web.address()
        health = Health(house.metrics, self._alive, self._ready)
        runner = await start_health(health, host, port)
        stack.push_async_callback(runner.cleanup)
        threads: list[threading.Thread] = []
        if PROCESS in self.roles or NOTIFY in self.roles:
            store = open_store(self.settings, house.clock)
            stack.callback(store.close)
            self._tell_wall(house)
            await self._open_door(stack, house)
            threads = [self._thread(role, body) for role, body in self._bodies(house, store)]
        if COLLECT in self.roles:
            self._start_collecting(house, spool)
        else:
            self.collected.set()
        self.report("ready", roles=",".join(self.roles), metrics=f"http://{host}:{port}/metrics")
        return threads

    def _bodies(self, house: House, store: ClickhouseStore) -> Iterable[tuple[str, Callable[[], None]]]:
        """Give the bodies of the roles that run in threads."""
        if PROCESS in self.roles:
            yield PROCESS, make_processor(house, store)
        if NOTIFY in self.roles:
            yield NOTIFY, make_deliverer(house, store)

    def _tell_wall(self, house: House) -> None:
        """Tell whether this process is confined, and clear what one that was killed left."""
        if self.settings.store.embedded is None or self.confinement is None:
            return
        house.metrics.set("leakstream_confined", float(self.confinement.holds))
        if self.settings.store.embedded.confine:
            clear_temporary(self.settings)

    async def _open_door(self, stack: AsyncExitStack, house: House) -> None:
        """Serve the ClickHouse protocol where the engine is embedded."""
        embedded = self.settings.store.embedded
        if embedded is None:
            return
        # The engine is half a gigabyte of library: a collector, and a processor with a server, do not load it.
        from leakstream.open_door import make_door  # noqa: PLC0415

        door = make_door(embedded, house.metrics, reporter("door"))
        await door.start()
        stack.push_async_callback(door.stop)
        self.report("the store answers ClickHouse clients, read-only", address=f"http://{embedded.listen_address}")

    def _thread(self, role: str, body: Callable[[], None]) -> threading.Thread:
        """Start a role in a thread of its own."""

        def run() -> None:
            reason = ""
            try:
                body()
            except Exception as error:  # noqa: BLE001 whatever ends a role must end the process with its reason
                reason = f"{type(error).__name__}: {error}"
            self.ended[role] = reason

        thread = threading.Thread(target=run, name=role, daemon=True)
        self.started.add(role)
        thread.start()
        return thread

    def _start_collecting(self, house: House, spool: Spool | None) -> None:
        """Start the collector as a task."""
        kafka = self.settings.log.kafka
        task = asyncio.create_task(
            collect(
                make_jobs(self.settings),
                log=house.log,
                clock=house.clock,
                telemetry=house.metrics,
                stop=self.stop_collecting,
                collector=member_name(COLLECT),
                spool=spool,
                buffer_bytes=kafka.buffer_bytes if kafka else BUFFER_BYTES,
                evidence=make_evidence(house),
            )
        )
        self.started.add(COLLECT)

        def ended(done: asyncio.Task[None]) -> None:
            error = None if done.cancelled() else done.exception()
            self.ended[COLLECT] = f"{type(error).__name__}: {error}" if error else ""
            self.collected.set()

        task.add_done_callback(ended)

    async def _wait(self, house: House) -> None:
        """Wait for a signal or the end of a role, then stop the collector first and the others after it."""
        loop = asyncio.get_running_loop()
        next_retention = loop.time()
        while not self.stop_collecting.is_set() and not self.ended:
            if loop.time() >= next_retention:
                next_retention = loop.time() + _RETAIN_SECONDS
                expired = await asyncio.to_thread(house.log.retain, house.clock.now())
                house.metrics.add("leakstream_log_records_expired_total", expired)
            await asyncio.sleep(_TICK_SECONDS)
        self.stop_collecting.set()
        await self.collected.wait()
        self.stop.set()

    def _listen_to_signals(self) -> None:
        """Take SIGINT and SIGTERM."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on_signal)

    def _on_signal(self) -> None:
        """Drain at the first signal, leave at the second."""
        self.signals += 1
        if self.signals > 1:
            os._exit(_INTERRUPTED)
        timeout_seconds = self.settings.global_.stop_timeout_seconds
        self.report("stopping", timeout_seconds=f"{timeout_seconds:g}")
        self.stop_collecting.set()
        asyncio.get_running_loop().call_later(timeout_seconds, self._give_up)

    def _give_up(self) -> None:
        """Leave although something is still under way: it will be done again after the next start."""
        self.report("not drained in time, leaving", running=",".join(sorted(self.started - self.ended.keys())))
        os._exit(1)

    def _alive(self) -> Mapping[str, str]:
        """Say of each started role why it is not well."""
        return {role: f"ended {self.ended[role]}" if role in self.ended else "" for role in self.started}

    def _ready(self) -> Mapping[str, str]:
        """Say of each role that belongs here why it is not ready."""
        alive = self._alive()
        return {role: alive.get(role, "starting") for role in self.roles}


def _join(threads: list[threading.Thread]) -> None:
    """Wait for the roles to end."""
    for thread in threads:
        thread.join()
