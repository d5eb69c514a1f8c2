"""target -> scraped profile: one attempt, within one deadline, never raising.

Nothing is read unbounded: the body ends at its limit, inflating at another, the whole at the deadline. Redirects are
not followed (pprof never redirects), proxies of the environment are not used, link-local addresses are not connected
to, content is checked before it is kept. Labels that may not leave are taken out here, before anybody else sees them.
"""

import asyncio
import gzip
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from collectors.addresses import ForbiddenAddressError, open_socket
from collectors.content import NOT_FOUND_SENTENCE, quote, read_content
from collectors.schedule import Due
from collectors.strip_labels import strip_labels
from collectors.taken import Failed, Limits, Take, Taken
from schemas.durations import format_duration
from schemas.model import FailureReason, ScrapedProfile, Target
from schemas.ports import Clock
from schemas.wire.pprof import NotPprofError
from schemas.wire.pprof_labels import TooManyPartsError

_OK, _NOT_FOUND, _REDIRECTS = 200, 404, range(300, 400)
_CHUNK_BYTES = 1 << 16
_HEADER_BYTES = 16_384
_GZIP_LEVEL = 1
"""Go's own for profiles."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt to scrape, and how many labels were taken out of its profile."""

    scraped: ScrapedProfile
    labels_removed: int = 0


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


async def scrape(  # noqa: PLR0913 what a scrape needs; how a body is judged, by its name
    session: aiohttp.ClientSession, target: Target, due: Due, limits: Limits, clock: Clock, *, take: Take | None = None
) -> Attempt:
    """Take one profile; every failure is a value with its reason. Only cancellation gets out.

    `take` judges the body; without it, by `take_profile`.
    """
    started = clock.now()
    try:
        async with asyncio.timeout(target.timeout_seconds):
            got = await _fetch(session, target.url, limits, take or take_profile)
    except TimeoutError:
        got = Failed(FailureReason.TIMEOUT, f"no complete answer within {format_duration(target.timeout_seconds)}")
    except Exception as error:  # noqa: BLE001 a target that breaks us in a new way costs itself only
        got = _name_error(error)
    times = (started, clock.now())
    if isinstance(got, Failed):
        return Attempt(make_record(target, due, times, got))
    return Attempt(make_record(target, due, times, got.profile), got.labels_removed)


def _name_error(error: Exception) -> Failed:
    """Give the reason behind an error of the connection, the more special ones first."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Failed(FailureReason.UNREACHABLE, f"the name does not resolve: {quote(error.host.encode())}")
    if isinstance(error, aiohttp.ClientConnectorError):
        return _name_os_error(error.os_error)
    if isinstance(error, aiohttp.ClientPayloadError):
        return Failed(FailureReason.TRUNCATED, "the answer ended before it was complete")
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError):
        return Failed(FailureReason.TRUNCATED, "the connection was closed before an answer came")
    if isinstance(error, aiohttp.ClientError | ValueError | OSError):
        return Failed(FailureReason.UNREACHABLE, f"not an HTTP answer ({type(error).__name__})")
    return Failed(FailureReason.INTERNAL, f"a mistake in the collector ({type(error).__name__})")


def _name_os_error(error: OSError) -> Failed:
    """Give the reason why no connection came about."""
    if isinstance(error, ForbiddenAddressError):
        return Failed(FailureReason.FORBIDDEN_ADDRESS, f"never connected to: {error}")
    if isinstance(error, ConnectionRefusedError):
        return Failed(FailureReason.REFUSED, "connection refused: nothing listens there")
    return Failed(FailureReason.UNREACHABLE, f"no connection: {quote(str(error.strerror or error).encode())}")


def make_record(target: Target, due: Due, times: tuple[datetime, datetime], got: bytes | Failed) -> ScrapedProfile:
    """Put an attempt into a record; `times` are its start and end."""
    failed = got if isinstance(got, Failed) else None
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
    return make_record(target, due, (now, now), Failed(FailureReason.SKIPPED, "the scrape before it still ran"))


def miss(target: Target, due: Due, now: datetime) -> ScrapedProfile:
    """Give the record of a slot whose instant passed while the collector could do nothing."""
    return make_record(target, due, (now, now), Failed(FailureReason.LATE, "the collector came too late for it"))


def interrupt(target: Target, due: Due, times: tuple[datetime, datetime]) -> ScrapedProfile:
    """Give the record of a scrape that was under way when the collector stopped."""
    return make_record(target, due, times, Failed(FailureReason.INTERNAL, "the collector stopped during the scrape"))


async def _fetch(session: aiohttp.ClientSession, url: str, limits: Limits, take: Take) -> Taken | Failed:
    """Get the body, and judge status and content.

    Always in a thread: however small a body is, it can inflate to the limit.
    """
    async with session.get(url, allow_redirects=False) as response:
        if response.status == _NOT_FOUND:
            return Failed(FailureReason.NOT_FOUND, NOT_FOUND_SENTENCE)
        if response.status in _REDIRECTS:
            return Failed(FailureReason.REDIRECT, f"answered {response.status}: redirects are not followed")
        if response.status != _OK:
            start = await response.content.read(_CHUNK_BYTES)
            return Failed(FailureReason.HTTP_STATUS, f"answered {response.status}: {quote(start)}")
        body = await _read_body(response, limits.body_bytes)
    if body is None:
        return Failed(FailureReason.TOO_LARGE, f"the body is larger than {limits.body_bytes} bytes")
    return await asyncio.to_thread(take, body, limits)


def take_profile(body: bytes, limits: Limits) -> Taken | Failed:
    """Give the profile without the labels that must not leave; a body in which there are none stays as it came.

    What cannot be read is refused here, because labels cannot be taken out of it.
    """
    raw = read_content(body, limits.inflated_bytes)
    if not isinstance(raw, bytes):
        return Failed(*raw)
    try:
        stripped = strip_labels(raw, limits.labels)
    except TooManyPartsError as error:
        return Failed(FailureReason.TOO_LARGE, str(error))
    except NotPprofError as error:
        return Failed(FailureReason.MALFORMED, f"{error}; it may hold labels, so its bytes are not kept")
    if stripped.raw is raw:
        return Taken(body, 0)
    return Taken(gzip.compress(stripped.raw, _GZIP_LEVEL, mtime=0), stripped.removed)


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
