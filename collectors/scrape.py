"""target -> scraped profile: one attempt, within one deadline, never raising.

Nothing is read unbounded: the body ends at its limit, inflating at another, the whole at the deadline. Redirects are
not followed (pprof never redirects), proxies of the environment are not used, content is checked before it is kept.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from collectors.content import NOT_FOUND_SENTENCE, check_content, quote
from collectors.schedule import Due
from schemas.durations import format_duration
from schemas.model import FailureReason, ScrapedProfile, Target
from schemas.ports import Clock

_OK, _NOT_FOUND, _REDIRECTS = 200, 404, range(300, 400)
_CHUNK_BYTES = 1 << 16


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
    except aiohttp.ClientConnectorDNSError as error:
        got = _Failed(FailureReason.UNREACHABLE, f"the name does not resolve: {error.host}")
    except aiohttp.ClientConnectorError as error:
        refused = isinstance(error.os_error, ConnectionRefusedError)
        reason = FailureReason.REFUSED if refused else FailureReason.UNREACHABLE
        got = _Failed(reason, "connection refused: nothing listens there" if refused else str(error.os_error))
    except aiohttp.ClientPayloadError:
        got = _Failed(FailureReason.TRUNCATED, "the answer ended before it was complete")
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
        got = _Failed(FailureReason.TRUNCATED, "the connection was closed before an answer came")
    except (aiohttp.ClientError, ValueError, OSError) as error:
        got = _Failed(FailureReason.UNREACHABLE, f"not an HTTP answer ({type(error).__name__})")
    return make_record(target, due, (started, clock.now()), got)


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
