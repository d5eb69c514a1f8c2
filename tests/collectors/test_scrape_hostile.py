"""Servers that break the protocol, and addresses that are never asked."""

import asyncio
from dataclasses import replace

import pytest

from collectors.schedule import Due
from collectors.scrape import interrupt, open_session, scrape, skip
from collectors.taken import Limits
from schemas.model import FailureReason, ScrapedProfile
from tests.collectors.doubles import NOON, Answer, StandingClock, make_target, ok_answer, raw_answer, serve
from tests.pprof_maker import make_profile

_DUE = Due(NOON, NOON)
_PROFILE = make_profile([(("main.work",), 3)])
_CHUNKED = "HTTP/1.1 200 OK\nTransfer-Encoding: chunked"


async def take(url: str, *, timeout: float = 5.0) -> ScrapedProfile:  # noqa: ASYNC109 the target's own timeout
    """Scrape a URL once, with 50 kB before and 1 MB after inflating."""
    async with open_session(10) as session:
        target = make_target(url, timeout=timeout)
        return (await scrape(session, target, _DUE, Limits(50_000, 10**6), StandingClock())).scraped


async def take_from(answer: Answer, *, timeout: float = 5.0) -> ScrapedProfile:  # noqa: ASYNC109 the target's own timeout
    """Scrape a server that gives this answer."""
    async with serve(answer) as address:
        return await take(f"http://{address}/debug/pprof/goroutine?debug=0", timeout=timeout)


async def test_good_profile_is_a_whole_record() -> None:
    """Every field, as the processor will read it."""
    async with serve(ok_answer(_PROFILE)) as address:
        got = await take(f"http://{address}/")
    labels = {"job": "shop", "service": "shop", "instance": "a:1"}
    assert got == ScrapedProfile("shop", "a:1", NOON, NOON, 60.0, 0.0, labels, _PROFILE)


async def test_request_asks_for_bytes_as_they_are() -> None:
    """No transport compression, no body, the whole path."""
    heads: list[bytes] = []
    async with serve(ok_answer(_PROFILE), heads) as address:
        await take(f"http://{address}/debug/pprof/goroutine?debug=0")
    expected = [
        "GET /debug/pprof/goroutine?debug=0 HTTP/1.1",
        f"Host: {address}",
        "Accept-Encoding: identity",
        "User-Agent: leakstream",
        "Accept: */*",
    ]
    assert [sorted(head.decode().strip().split("\r\n")) for head in heads] == [sorted(expected)]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (raw_answer(_CHUNKED, b"10\r\n" + _PROFILE[:9]), FailureReason.TRUNCATED),
        (raw_answer(_CHUNKED, b"zz\r\n"), FailureReason.UNREACHABLE),
        (raw_answer("HTTP/1.1 200 OK\nContent-Length: 20", _PROFILE), FailureReason.UNREACHABLE),
        (raw_answer("HTTP/1.1 200 OK\nContent-Length: -1", _PROFILE), FailureReason.UNREACHABLE),
        (raw_answer("HTTP/1.1 301 Moved\nLocation: http://127.0.0.1:1/\nContent-Length: 0"), FailureReason.REDIRECT),
        (raw_answer("HTTP/1.1 503 Busy\nContent-Length: 0"), FailureReason.HTTP_STATUS),
        (raw_answer("HTTP/1.1 204 No Content"), FailureReason.HTTP_STATUS),
    ],
)
async def test_broken_answer_is_a_failure_with_its_reason(answer: Answer, reason: FailureReason) -> None:
    """Never an exception, never a profile, always a sentence."""
    got = await take_from(answer)
    assert (got.failure, got.profile, bool(got.error)) == (reason, None, True)


async def test_slow_head_hits_the_deadline() -> None:
    """A byte now and then keeps no scrape alive."""

    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK\r\n" * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.01)

    got = await take_from(drip, timeout=0.2)
    assert (got.failure, got.error) == (FailureReason.TIMEOUT, "no complete answer within 200ms")


async def test_redirect_is_not_followed() -> None:
    """Whatever stands in Location is not asked."""
    asked = asyncio.Event()

    async def trap(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        writer.close()

    async with serve(trap) as other:
        got = await take_from(raw_answer(f"HTTP/1.1 302 Found\nLocation: http://{other}/\nContent-Length: 0"))
    assert (got.failure, asked.is_set()) == (FailureReason.REDIRECT, False)


@pytest.mark.parametrize("host", ["169.254.169.254", "[fe80::1]"])
async def test_forbidden_address_is_not_asked(host: str) -> None:
    """Judged before a socket is made."""
    got = await take(f"http://{host}:80/")
    where = host.strip("[]")
    assert (got.failure, got.error) == (
        FailureReason.FORBIDDEN_ADDRESS,
        f"never connected to: {where} is link-local or a metadata service",
    )


async def test_name_that_does_not_resolve_is_unreachable() -> None:
    """`.invalid` never resolves; the name is quoted."""
    got = await take("http://nowhere.invalid:6060/")
    assert (got.failure, got.error) == (FailureReason.UNREACHABLE, "the name does not resolve: 'nowhere.invalid'")


@pytest.mark.parametrize("url", ["http://", "http://a:99999/", "ftp://a/", "http://\udcff/", "http://a b/"])
async def test_url_that_is_none_is_a_failure(url: str) -> None:
    """Settings refuse these; should one come through, it costs itself only."""
    got = await take(url)
    assert (got.failure, got.profile) == (FailureReason.UNREACHABLE, None)


def test_slots_without_a_scrape_say_why() -> None:
    """Passed over, or interrupted at the end."""
    target = make_target()
    blank = ScrapedProfile("shop", "a:1", NOON, NOON, 60.0, 0.0, target.labels)
    skipped = replace(blank, failure=FailureReason.SKIPPED, error="the scrape before it still ran")
    stopped = replace(blank, failure=FailureReason.INTERNAL, error="the collector stopped during the scrape")
    assert (skip(target, _DUE, NOON), interrupt(target, _DUE, (NOON, NOON))) == (skipped, stopped)
