"""target -> scraped profile: one attempt, within one deadline, never raising.

Nothing is read unbounded: the body ends at its limit, inflating at another, the whole at the deadline. Redirects are
not followed (pprof never redirects), proxies of the environment are not used, link-local addresses are not connected
to, content is checked before it is kept.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from collectors.addresses import ForbiddenAddressError, open_socket
from collectors.content import NOT_FOUND_SENTENCE, check_content, quote
from collectors.schedule import Due
from schemas.durations import format_duration
from schemas.model import FailureReason, ScrapedProfile, Target
from schemas.ports import Clock

_OK, _NOT_FOUND, _REDIRECTS = 200, 404, range(300, 400)
_CHUNK_BYTES = 1 << 16
_HEADER_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that is read of one answer, before and after inflating."""

    body_bytes: int
    inflated_bytes: int


@dataclass(frozen=True, slots=True)
class _Failed:
    """Why an attempt gave no profile."""

    reason: FailureReason
    error: str


def open_session(connections: int) -> aiohttp.ClientSession:
    """Open what scrapes share; at most so many connections at a time."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=10, socket_factory=open_socket),
        auto_decompress=False,
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Accept-Encoding": "identity", "User-Agent": "leakstream"},
        timeout=aiohttp.ClientTimeout(total=None),
        max_line_size=_HEADER_BYTES,
        max_field_size=_HEADER_BYTES,
    )


async def scrape(
    session: aiohttp.ClientSession, target: Target, due: Due, limits: Limits, clock: Clock
) -> ScrapedProfile:
    """Take one profile; every failure is a value with its reason. Only cancellation gets out."""
    started = clock.now()
    try:
        async with asyncio.timeout(target.timeout_seconds):
            got = await _fetch(session, target, limits)
    except TimeoutError:
        got = _Failed(FailureReason.TIMEOUT, f"no complete answer within {format_duration(target.timeout_seconds)}")
    except Exception as error:  # noqa: BLE001 a target that breaks us in a new way costs itself only
        got = _name_error(error)
    return make_record(target, due, (started, clock.now()), got)


def _name_error(error: Exception) -> _Failed:
    """Give the reason behind an error of the connection, the more special ones first."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return _Failed(FailureReason.UNREACHABLE, f"the name does not resolve: {quote(error.host.encode())}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return _name_os_error(error.os_error)
    if isinstance(error, aiohttp.ClientPayloadError):
        return _Failed(FailureReason.TRUNCATED, "the answer ended before it was complete")
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
        return _Failed(FailureReason.TRUNCATED, "the connection was closed before an answer came")
    if isinstance(error, aiohttp.ClientError | ValueError | OSError):
        return _Failed(FailureReason.UNREACHABLE, f"not an HTTP answer ({type(error).__name__})")
    return _Failed(FailureReason.INTERNAL, f"a mistake in the collector ({type(error).__name__})")


def _name_os_error(error: OSError) -> _Failed:
    """Give the reason why no connection came about."""
    if isinstance(error, ForbiddenAddressError):
        return _Failed(FailureReason.FORBIDDEN_ADDRESS, f"never connected to: {error}")
    if isinstance(error, ConnectionRefusedError):
        return _Failed(FailureReason.REFUSED, "connection refused: nothing listens there")
    return _Failed(FailureReason.UNREACHABLE, f"no connection: {quote(str(error.strerror or error).encode())}")


def make_record(target: Target, due: Due, times: tuple[datetime, datetime], got: bytes | _Failed) -> ScrapedProfile:
    """Put an attempt into a record; `times` are its start and end."""
    failed = got if isinstance(got, _Failed) else None
    return ScrapedProfile(
        service=target.service,
        instance=target.instance,
        slot=due.slot,
        scraped_at=times[0],
        interval_seconds=target.interval_seconds,
        duration_seconds=max(0.0, (times[1] - times[0]).total_seconds()),
        labels=target.labels,
        profile=got if isinstance(got, bytes) else None,
        failure=failed.reason if failed else None,
        error=failed.error if failed else "",
    )


def skip(target: Target, due: Due, now: datetime) -> ScrapedProfile:
    """Give the record of a slot that was passed over because the scrape before it still ran."""
    return make_record(target, due, (now, now), _Failed(FailureReason.SKIPPED, "the scrape before it still ran"))


def miss(target: Target, due: Due, now: datetime) -> ScrapedProfile:
    """Give the record of a slot whose instant passed while the collector could do nothing."""
    return make_record(target, due, (now, now), _Failed(FailureReason.LATE, "the collector came too late for it"))


def interrupt(target: Target, due: Due, times: tuple[datetime, datetime]) -> ScrapedProfile:
    """Give the record of a scrape that was under way when the collector stopped."""
    return make_record(target, due, times, _Failed(FailureReason.INTERNAL, "the collector stopped during the scrape"))


async def _fetch(session: aiohttp.ClientSession, target: Target, limits: Limits) -> bytes | _Failed:
    """Get the body, and judge status and content."""
    async with session.get(target.url, allow_redirects=False) as response:
        if response.status == _NOT_FOUND:
            return _Failed(FailureReason.NOT_FOUND, NOT_FOUND_SENTENCE)
        if response.status in _REDIRECTS:
            return _Failed(FailureReason.REDIRECT, f"answered {response.status}: redirects are not followed")
        if response.status != _OK:
            start = await response.content.read(_CHUNK_BYTES)
            return _Failed(FailureReason.HTTP_STATUS, f"answered {response.status}: {quote(start)}")
        body = await _read_body(response, limits.body_bytes)
    if body is None:
        return _Failed(FailureReason.TOO_LARGE, f"the body is larger than {limits.body_bytes} bytes")
    refused = await asyncio.to_thread(check_content, body, limits.inflated_bytes)
    return _Failed(*refused) if refused else body


async def _read_body(response: aiohttp.ClientResponse, limit: int) -> bytes | None:
    """Read to the end, None when there is more than the limit; what was announced as more is not read at all."""
    if response.content_length is not None and response.content_length > limit:
        return None
    body = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > limit:
            return None
    return bytes(body)
