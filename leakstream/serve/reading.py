"""The result of one statement on its way out: made, packed and held back, in the threads of the door.

The first bytes are held back for a while, so that most errors still have a status of their own; for a client that asks
for it the whole result is. What is held lies in a temporary file when it is large. For one thread at a time.
"""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from leakstream.serve.encodings import Packer
from leakstream.serve.engine import Answer
from leakstream.serve.handle import StatementError
from leakstream.serve.protocol import Request, Taken, choose_packer, write_exception

HELD_BYTES = 2**20
"""As ClickHouse's http_response_buffer_size does when it is set; clients read a first MiB at once anyway."""
_IN_MEMORY_BYTES = 8 * 2**20


class Reading:
    """`begin` once, then `more` until it gives None, and `close`. `taken` tells what the statement took so far."""

    def __init__(self, request: Request, answers: Iterator[Answer]) -> None:
        self._request = request
        self._answers = answers
        self._packer: Packer | None = None
        self.taken = Taken()
        self.format = ""
        self.encoding = ""
        self.held: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 who sends it closes it
        self.ended = False

    def begin(self) -> None:
        """Make the first bytes, or all, into `held`, which stands at its beginning; raises StatementError."""
        most = None if self._request.waits_for_the_end else HELD_BYTES
        first = self._next()
        second = self._next() if first is not None and self.taken.size <= HELD_BYTES else None
        whole = self.taken.size if first is not None and self.ended else None
        self.encoding, self._packer = choose_packer(self._request, whole)
        for answer in (first, second):
            if answer is not None:
                self.held.write(self._pack(answer.body))
        while not self.ended and (most is None or self.taken.size <= most):
            if (answer := self._next()) is not None:
                self.held.write(self._pack(answer.body))
        if self.ended:
            self.held.write(self._finish())
        self.held.seek(0)

    def more(self) -> bytes | None:
        """Give the next bytes, None after the last; raises StatementError for an error in the middle."""
        if self.ended:
            return None
        answer = self._next()
        return self._finish() if answer is None else self._pack(answer.body)

    def write_error(self, error: StatementError) -> bytes:
        """Give the last bytes of a result that ends in an error."""
        return self._pack(write_exception(self._request, error)) + self._finish()

    def close(self) -> None:
        """End the statement, where it still runs; what is held stays."""
        close = getattr(self._answers, "close", None)
        if close is not None:
            close()

    def _next(self) -> Answer | None:
        """Give the next part of the result, None after the last."""
        answer = next(self._answers, None)
        if answer is None:
            self.ended = True
            return None
        self.format = answer.format
        self.taken.add(answer)
        return answer

    def _pack(self, data: bytes) -> bytes:
        return data if self._packer is None else self._packer.pack(data)

    def _finish(self) -> bytes:
        return b"" if self._packer is None else self._packer.finish()
