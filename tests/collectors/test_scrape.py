"""What a scrape promises, against real servers that behave and that do not."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web

from collectors.schedule import Due
from collectors.scrape import scrape
from collectors.strip_labels import LabelRule, strip_labels
from collectors.taken import Limits
from leakstream.adapters.clock import SystemClock
from schemas.model import FailureReason, ScrapedProfile, Target
from tests.labelled_profile import make_labelled
from tests.pprof_maker import make_profile

AT = datetime(2026, 11, 1, tzinfo=UTC)
LIMITS = Limits(body_bytes=100_000, inflated_bytes=1_000_000)
PROFILE = make_profile([(("main.leak",), 3)])
MANY_LABELS = make_labelled([(("main.leak",), 3)], [{f"label{number}": "x" for number in range(1001)}])

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serve(handler: Handler) -> AsyncIterator[str]:
    """Serve on loopback; give host:port."""
    runner = web.ServerRunner(web.Server(handler), shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    yield f"{host}:{port}"
    await runner.cleanup()


async def take(address: str, timeout_seconds: float = 5.0) -> ScrapedProfile:
    """Scrape an address once."""
    target = Target("s", address, f"http://{address}/debug/pprof/goroutine?debug=0", {}, 1.0, timeout_seconds)
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        return (await scrape(session, target, Due(AT, AT), LIMITS, SystemClock())).scraped


def answer(body: bytes, status: int = 200) -> Handler:
    """A server that always gives this."""

    async def handler(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=body, status=status)

    return handler


async def test_profile_is_kept_as_received() -> None:
    """The bytes are not touched."""
    async with serve(answer(PROFILE)) as address:
        got = await take(address)
    assert (got.profile, got.failure, got.error) == (PROFILE, None, "")


@pytest.mark.parametrize(
    ("body", "status", "reason", "words"),
    [
        (b"", 200, FailureReason.EMPTY, "empty body"),
        (b"<!DOCTYPE html><html>login</html>", 200, FailureReason.NOT_A_PROFILE, "web page"),
        (b'{"error": "no"}', 200, FailureReason.NOT_A_PROFILE, "JSON"),
        (b"goroutine profile: total 3\n3 @ 0x1", 200, FailureReason.NOT_A_PROFILE, "debug: ['0']"),
        (b"goroutine 1 [running]:\nmain.main()", 200, FailureReason.NOT_A_PROFILE, "debug: ['0']"),
        (b"hello", 200, FailureReason.NOT_A_PROFILE, "'hello'"),
        (b"404 page not found", 404, FailureReason.NOT_FOUND, "mount"),
        (b"oops\x1b[2J", 500, FailureReason.HTTP_STATUS, "answered 500: 'oops\\x1b[2J'"),
        (b"", 302, FailureReason.REDIRECT, "not followed"),
        (PROFILE[:-9], 200, FailureReason.TRUNCATED, "cut off"),
        (PROFILE + b"tail", 200, FailureReason.MALFORMED, "4 bytes follow"),
        (gzip.compress(bytes(20_000_000), mtime=0), 200, FailureReason.TOO_LARGE, "inflates to more than 1000000"),
        (bytes(200_000), 200, FailureReason.TOO_LARGE, "larger than 100000"),
        (gzip.compress(MANY_LABELS, mtime=0), 200, FailureReason.TOO_LARGE, "more than 1000 labels on one stack"),
    ],
)
async def test_answer_that_is_no_profile_has_its_reason(
    body: bytes, status: int, reason: FailureReason, words: str
) -> None:
    """The reason is one word, the sentence helps."""
    async with serve(answer(body, status)) as address:
        got = await take(address)
    assert (got.profile, got.failure, words in got.error) == (None, reason, True), got.error


async def test_profile_that_does_not_parse_is_refused_without_its_bytes() -> None:
    """Labels cannot be taken out of it, so nothing of it leaves, not even in the sentence."""
    async with serve(answer(gzip.compress(b"\x0a\xff\xff\xff\xff\x0f hunter2", mtime=0))) as address:
        got = await take(address)
    sentence = "not a pprof profile: the protobuf does not parse; it may hold labels, so its bytes are not kept"
    assert (got.profile, got.failure, got.error) == (None, FailureReason.MALFORMED, sentence)


@pytest.mark.parametrize("compress", [True, False])
async def test_profile_with_labels_is_kept_without_them(compress: bool) -> None:  # noqa: FBT001 drawn by name
    """Compressed, however it came; what was taken out is counted."""
    raw = make_labelled([(("main.leak",), 3)], [{"tenant": "7", "user": "alice"}])
    target = Target("s", "a", "", {}, 1.0, 5.0)
    async with serve(answer(gzip.compress(raw, mtime=0) if compress else raw)) as address:
        target = replace(target, url=f"http://{address}/")
        async with aiohttp.ClientSession(auto_decompress=False) as session:
            attempt = await scrape(session, target, Due(AT, AT), LIMITS, SystemClock())
    assert gzip.decompress(attempt.scraped.profile or b"") == strip_labels(raw, LabelRule()).raw
    assert attempt.labels_removed == 2


async def test_body_that_never_ends_hits_the_limit() -> None:
    """An endless answer is cut at the body limit."""

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(bytes(10_000))

    async with serve(endless) as address:
        got = await take(address)
    assert got.failure is FailureReason.TOO_LARGE


async def test_body_that_drips_hits_the_deadline() -> None:
    """The deadline is one for the whole scrape, however alive the connection looks."""
    released = asyncio.Event()

    async def drip(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(PROFILE[:5])
        await released.wait()
        return response

    async with serve(drip) as address:
        got = await take(address, timeout_seconds=0.2)
        released.set()
    assert (got.failure, got.error) == (FailureReason.TIMEOUT, "no complete answer within 200ms")


async def test_nobody_there_is_refused() -> None:
    """A closed port says so."""
    async with serve(answer(PROFILE)) as address:
        pass
    got = await take(address)
    assert (got.failure, got.error) == (FailureReason.REFUSED, "connection refused: nothing listens there")


async def raw(reply: bytes) -> ScrapedProfile:
    """Scrape a server that sends these bytes and closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    got = await take(f"{host}:{port}")
    server.close()
    return got


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nshort", FailureReason.TRUNCATED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\nx", FailureReason.TOO_LARGE),
        (b"", FailureReason.TRUNCATED),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", FailureReason.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", FailureReason.UNREACHABLE),
    ],
)
async def test_server_that_lies_or_speaks_otherwise_has_its_reason(reply: bytes, reason: FailureReason) -> None:
    """Lies about length, silence, another protocol and giant headers are failures."""
    assert (await raw(reply)).failure is reason
