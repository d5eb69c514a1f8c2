"""Tickets as Markdown files in a folder: the sink that needs nobody's permission.

One leak is one file, `<service>--g1-….md`; it is opened, updated and closed in place, and says what happened before. A
leak that comes back long after it was closed has another one. A file is replaced by renaming a
finished one over it, so a reader (and a crash) sees the old text or the new one, never a half. The same ticket again
changes nothing, not even the file's time.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from processors.ticket_text import render_markdown
from schemas.outcomes import Reason, Retry
from schemas.ports import Delivery
from schemas.tickets import Delivered, Order, Ticket

_UNSAFE = re.compile(r"[^A-Za-z0-9_.-]+")
_NAME_CHARACTERS = 100
_RETRY_SECONDS = 30.0
"""A full disk takes a person; a shorter pause only fills the log."""


class MarkdownSink:
    """Writes one file for each leak into a folder, which it makes."""

    def __init__(self, folder: Path) -> None:
        self.name = "file"
        self._folder = folder

    def send(self, order: Order) -> Delivery:
        """Write the ticket's file, whatever the order; Retry when the disk refuses."""
        path = self._folder / file_name(order.ticket)
        text = render_markdown(order.ticket).encode(errors="replace")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if not (path.is_file() and path.read_bytes() == text):
                _replace(path, text)
        except OSError as error:
            return Retry(Reason.SINK_UNAVAILABLE, _RETRY_SECONDS, f"{path}: {error.strerror or error}")
        return Delivered(path.name)

    def look(self, _reference: str) -> None:
        """People do nothing with a file that could be told from ours."""

    def close(self) -> None:
        """Nothing is held open."""


def file_name(ticket: Ticket) -> str:
    """Give a name without a path, a leading dot or odd characters; services that would collide get a checksum.

    Example output: checkout--g1-00000000000000ff.md
    """
    service = ticket.anomaly.service
    clean = _UNSAFE.sub("_", service).lstrip(".-")[:_NAME_CHARACTERS]
    if clean != service or not clean:
        checksum = hashlib.sha256(service.encode(errors="surrogatepass")).hexdigest()[:8]
        clean = f"{clean or 'service'}~{checksum}"
    number = ticket.marker.removeprefix(ticket.key).replace("#", "-")
    return f"{clean}--{ticket.anomaly.fingerprint}{number}.md"


def _replace(path: Path, text: bytes) -> None:
    """Write beside the file and rename over it, durable when it returns; raises OSError and leaves nothing behind."""
    handle, name = tempfile.mkstemp(prefix=".ticket-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
