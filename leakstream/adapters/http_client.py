"""The one door to urllib3: a request that is bounded in time and size and goes nowhere else.

Redirects are off, nothing is tried again in secret, no proxy comes from the environment, and of the body no more is
read than asked for. It refuses to put a URL into an error: webhook URLs are credentials.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import urllib3

USER_AGENT = "leakstream"


class UnreachableError(Exception):
    """No answer came in time; the sentence names the host only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` holds at most as many bytes as were asked for; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class HttpClient:
    """Sends single requests; safe for several threads. `timeout_seconds` bounds connecting and each wait for bytes."""

    def __init__(self, timeout_seconds: float) -> None:
        self._pool = urllib3.PoolManager(
            num_pools=4,
            timeout=urllib3.Timeout(total=timeout_seconds),
            retries=urllib3.Retry(0, redirect=False, raise_on_redirect=False, raise_on_status=False),
        )

    def get(self, url: str, *, maximum_bytes: int) -> Answer:
        """Fetch a URL; raises UnreachableError."""
        return self._send("GET", url, None, {}, maximum_bytes)

    def post_json(self, url: str, body: bytes, *, maximum_bytes: int) -> Answer:
        """Post a JSON document; raises UnreachableError."""
        return self._send("POST", url, body, {"Content-Type": "application/json"}, maximum_bytes)

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()

    def _send(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], maximum_bytes: int
    ) -> Answer:
        """Send one request and read a bounded answer."""
        sent = {"User-Agent": USER_AGENT, **headers}
        try:
            response = self._pool.request(method, url, body=body, headers=sent, redirect=False, preload_content=False)
            try:
                received = _read(response, maximum_bytes)
                return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, received)
            finally:
                response.close()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise UnreachableError(f"{host_of(url)} gave no answer ({_kind(error)})") from None


def host_of(url: str) -> str:
    """Give host and port of a URL, all of it that may be shown.

    Example input: https://user:secret@hooks.example.org/T0/B1/token
    Example output: hooks.example.org
    """
    try:
        parsed = urllib3.util.parse_url(url)
    except urllib3.exceptions.LocationParseError:
        return "the address"
    return (parsed.host or "the address") + (f":{parsed.port}" if parsed.port else "")


def _read(response: urllib3.BaseHTTPResponse, maximum_bytes: int) -> bytes:
    """Read until the end or the limit."""
    received = bytearray()
    while len(received) < maximum_bytes:
        part = response.read(min(65_536, maximum_bytes - len(received)))
        if not part:
            break
        received += part
    return bytes(received)


def _kind(error: Exception) -> str:
    """Say in two words what went wrong, without the URL that library messages quote."""
    cause = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason else error
    words = {
        urllib3.exceptions.NameResolutionError: "the name is unknown",
        urllib3.exceptions.NewConnectionError: "no connection",
        urllib3.exceptions.ConnectTimeoutError: "connecting timed out",
        urllib3.exceptions.ReadTimeoutError: "reading timed out",
        urllib3.exceptions.SSLError: "TLS failed",
    }  # derived classes stand above their bases
    return next((text for kind, text in words.items() if isinstance(cause, kind)), type(cause).__name__)
