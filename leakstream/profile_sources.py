"""A name that a person types -> the bytes of a profile: a file, stdin, or the address of a running program.

Whatever goes wrong is a sentence, never an exception of a library; of nothing more is read than a profile may have.
"""

import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

MAXIMUM_BYTES = 256 * 1024 * 1024
"""Go cuts a debug=2 dump at 64 MiB; several of them in one file are still read."""

STDIN = "-"
_ENDPOINT = "/debug/pprof/goroutine"
_TIMEOUT_SECONDS = 30.0
_OK = 200
_QUOTED_BYTES = 32


class SourceError(Exception):
    """There is no profile behind a name; the message is a sentence without the name."""


def read_source(name: str) -> bytes:
    """Give the bytes behind a name; raises SourceError."""
    data = _fetch(name) if name.startswith(("http://", "https://")) else _read(name)
    if len(data) > MAXIMUM_BYTES:
        raise SourceError(f"larger than {MAXIMUM_BYTES} bytes: {data[:_QUOTED_BYTES]!r}")
    return data


def complete_address(address: str) -> str:
    """Give the address of the goroutine profile where only that of the program, or of its pprof index, was given.

    Example input: http://10.0.0.7:6060
    Example output: http://10.0.0.7:6060/debug/pprof/goroutine
    """
    parts = urlsplit(address)
    if parts.path.rstrip("/") in ("", "/debug/pprof"):
        parts = parts._replace(path=_ENDPOINT)
    return urlunsplit(parts)


def _fetch(address: str) -> bytes:
    """Take the profile of a running program, without following it elsewhere."""
    from leakstream.adapters.http_client import HttpClient, UnreachableError, host_of  # noqa: PLC0415 files need none

    client = HttpClient(_TIMEOUT_SECONDS)
    try:
        answer = client.get(complete_address(address), maximum_bytes=MAXIMUM_BYTES + 1)
    except (UnreachableError, ValueError) as error:
        raise SourceError(str(error)) from None
    finally:
        client.close()
    if answer.status != _OK:
        raise SourceError(f"{host_of(address)} answered {answer.status}: {answer.body[:_QUOTED_BYTES]!r}")
    return answer.body


def _read(name: str) -> bytes:
    """Read one byte more than the limit at most."""
    if name == STDIN:
        return sys.stdin.buffer.read(MAXIMUM_BYTES + 1)
    try:
        with Path(name).open("rb") as file:
            return file.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise SourceError(error.strerror if isinstance(error, OSError) and error.strerror else str(error)) from None
