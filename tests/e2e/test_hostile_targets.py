"""One command, no file, a real Go program among targets that do their worst: each costs itself only."""

import asyncio
import gzip
import json
import signal
import sys
import urllib.error
import urllib.request
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.collectors.doubles import Answer, ok_answer, raw_answer, serve
from tests.ports import free_port
from tests.test_examples import running

GOOD_SLOTS = 12
LOAD = {"timeout", "previous_scrape_running"}
"""What a busy machine may do to a scrape, and what follows one that used up its whole interval."""
HEAD = "HTTP/1.1 200 OK\nContent-Type: application/octet-stream"
CHUNKED = f"{HEAD}\nTransfer-Encoding: chunked"
Row = Mapping[str, object]


def hang_after(head: str, body: bytes) -> Answer:
    """Give an answer that begins and never ends."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await raw_answer(head, body)(reader, writer)
        await reader.read()

    return answer


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send as fast as the other side takes it, for ever."""
    await raw_answer(CHUNKED)(reader, writer)
    while True:
        writer.write(b"10000\r\n" + bytes(65536) + b"\r\n")
        await writer.drain()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Send a byte now and then, so that the line is never silent."""
    await raw_answer(CHUNKED)(reader, writer)
    while True:
        writer.write(b"1\r\n\x0a\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def slam(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close without a word."""
    writer.close()


HOSTILE: Mapping[str, tuple[Answer, str]] = {
    "page": (ok_answer(b"<!doctype html><title>Log in</title>"), "not_a_profile"),
    "missing": (raw_answer("HTTP/1.1 404 Not Found\nContent-Length: 0"), "not_found"),
    "broken": (raw_answer("HTTP/1.1 500 No\nContent-Length: 0"), "http_status"),
    "redirect": (raw_answer("HTTP/1.1 302 Found\nLocation: /elsewhere\nContent-Length: 0"), "redirect"),
    "hang": (hang_after(CHUNKED, b"4\r\n\x0a\x02\x08\x01\r\n"), "timeout"),
    "drip": (drip, "timeout"),
    "flood": (flood, "too_large"),
    "bomb": (ok_answer(gzip.compress(bytes(80 * 2**20))), "too_large"),
    "boast": (hang_after(f"{HEAD}\nContent-Length: 99999999999", b"\x0a"), "too_large"),
    "short": (raw_answer(f"{HEAD}\nContent-Length: 4000\nConnection: close", b"\x0a\x02\x08\x01"), "truncated"),
    "cut": (ok_answer(gzip.compress(b"\x0a\x02\x08\x01" * 1000)[:-9]), "truncated"),
    "empty": (ok_answer(b""), "empty"),
    "noise": (ok_answer(gzip.compress(b"\x0a\xff\xff\xff\xff\x0f no profile")), "malformed_profile"),
    "slam": (slam, "truncated"),
}
"""Service -> how it answers, and the reason that stands in its rows."""


@asynccontextmanager
async def up(targets: Mapping[str, str], folder: Path, port: int) -> AsyncIterator[Process]:
    """Run `leakstream up` on targets, without a file."""
    named = [word for service, address in targets.items() for word in ("--target", f"{service}={address}")]
    ports = ["--listen", f"127.0.0.1:{port}", "--web", f"127.0.0.1:{free_port()}"]
    command = ["-m", "leakstream", "up", *named, "--interval", "1s", "--data", str(folder / "data"), *ports]
    with (folder / "up.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(sys.executable, *command, stdin=DEVNULL, stderr=log)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def ask(port: int, sql: str) -> list[Row]:
    """Ask the store through its door; nothing as long as it is not open."""

    def post() -> bytes:
        address = f"http://127.0.0.1:{port}/?database=leakstream"
        with urllib.request.urlopen(address, data=f"{sql} FORMAT JSONEachRow".encode(), timeout=20) as answer:
            return bytes(answer.read())

    try:
        return [json.loads(line) for line in (await asyncio.to_thread(post)).splitlines()]
    except urllib.error.HTTPError as error:
        raise AssertionError(error.read()) from error
    except OSError:
        return []


async def wait_for_slots(process: Process, port: int, folder: Path) -> None:
    """Wait until the good target has enough rows; the end of the process is a failure, with what it said."""
    stored = 0
    while stored < GOOD_SLOTS:
        assert process.returncode is None, (folder / "up.log").read_text()
        await asyncio.sleep(0.5)
        found = await ask(port, "SELECT count() AS rows FROM scrapes FINAL WHERE service = 'good' AND ok")
        stored = int(str(found[0]["rows"])) if found else 0


def slots_of(rows: list[Row], service: str) -> list[datetime]:
    """Give the slots of a service, in order."""
    return sorted(datetime.fromisoformat(str(row["slot"])) for row in rows if row["service"] == service)


def every_second(slots: list[datetime]) -> list[datetime]:
    """Give all slots from the first to the last at an interval of a second."""
    return [slots[0] + timedelta(seconds=number) for number in range(round((slots[-1] - slots[0]).total_seconds()) + 1)]


@pytest.mark.integration
async def test_hostile_targets_are_rows_with_reasons_and_leave_the_good_one_alone(tmp_path: Path) -> None:
    """Every slot of every target is a row; the good one's are ok, each of the others' says what was wrong."""
    port = free_port()
    async with AsyncExitStack() as stack:
        targets = {"good": stack.enter_context(running("leaks/forgotten-receiver", 20, tmp_path))}
        for service, (answer, _) in HOSTILE.items():
            targets[service] = await stack.enter_async_context(serve(answer))
        targets["nobody"] = f"127.0.0.1:{free_port()}"
        async with up(targets, tmp_path, port) as process:
            await wait_for_slots(process, port, tmp_path)
            rows = await ask(port, "SELECT service, slot, ok, reason, error FROM scrapes FINAL")
            health = await ask(port, "SELECT service, scrapes, failures FROM scrape_health")
            process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    check_good(rows, health)
    reasons = {service: reason for service, (_, reason) in HOSTILE.items()}
    check_hostile(rows, {**reasons, "nobody": "connection_refused"})


def check_good(rows: list[Row], health: list[Row]) -> None:
    """Hold the good target to a row for each slot, ok but for what load explains in at most one of six."""
    slots = slots_of(rows, "good")
    failures = [row["reason"] for row in rows if row["service"] == "good" and not row["ok"]]
    assert slots == every_second(slots)
    assert (set(failures) <= LOAD, len(failures) <= len(slots) // 6) == (True, True), failures
    [seen] = [row for row in health if row["service"] == "good"]
    assert int(str(seen["scrapes"])) - int(str(seen["failures"])) >= len(slots) - len(failures)


def check_hostile(rows: list[Row], expected: Mapping[str, str]) -> None:
    """Hold each hostile target to a row for each slot, never ok, with its reason and a sentence."""
    got = {}
    for service, reason in expected.items():
        own = [row for row in rows if row["service"] == service]
        slots = slots_of(rows, service)
        assert (slots, [row for row in own if row["ok"] or not row["error"]]) == (every_second(slots), []), service
        assert len(slots) >= GOOD_SLOTS // 2, service
        got[service] = {str(row["reason"]) for row in own} - (LOAD - {reason})
    assert got == {service: {reason} for service, reason in expected.items()}
