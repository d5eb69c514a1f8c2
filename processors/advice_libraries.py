"""Patterns that show by the frames of a library: Go's own net/http, database/sql, os/exec, context, and gRPC.

Rule 1: a library's frame names the mistake better than the wait does, so these stand first in the catalogue.
Rule 2: the frame of a connection that idles (io wait) stands above the same frame in another wait.
"""

from processors import advice_fixes as fixes
from processors.advice_pattern import Pattern, Signature

LIBRARY_PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        27,
        "iter.Pull not stopped",
        Signature(frame=r"^iter\.Pull2?\b"),
        "An iterator was turned into next and stop by iter.Pull, and stop was never called, so its coroutine waits on.",
        fixes.STOP_ITERATOR,
    ),
    Pattern(
        17,
        "gRPC stream not drained",
        Signature(frame=r"google\.golang\.org/grpc\.(newClientStream|\(\*clientStream\)|\(\*csAttempt\))"),
        "A client stream was opened and neither read to its end nor cancelled; each one keeps a goroutine that waits.",
        fixes.CANCEL_STREAM,
    ),
    Pattern(
        18,
        "gRPC ClientConn not closed",
        Signature(
            frame=r"google\.golang\.org/grpc.*(\(\*CallbackSerializer\)\.run|\(\*ccBalancerWrapper\)\.watcher"
            r"|\(\*loopyWriter\)\.run|\(\*http2Client\)\.|\(\*ClientConn\)\.|\(\*addrConn\)\.)"
        ),
        "A connection is dialled for each request and never closed; its few background goroutines grow together.",
        fixes.SHARE_GRPC,
    ),
    Pattern(
        19,
        "sql.Open per request",
        Signature(frame=r"^database/sql\.\(\*DB\)\.connection(Opener|Resetter|Cleaner)"),
        "sql.Open is called again and again and the *sql.DB is never closed; each has a goroutine of its own.",
        fixes.SHARE_DB,
    ),
    Pattern(
        19,
        "sql.Rows or Tx not closed",
        Signature(frame=r"^database/sql\.\(\*(Rows|Tx)\)\.awaitDone"),
        "Rows or a transaction are never closed, so the goroutine that watches their context waits on.",
        fixes.CLOSE_ROWS,
    ),
    Pattern(
        26,
        "exec pipe held",
        Signature(frame=r"^os/exec\.\(\*Cmd\)\."),
        "A child process (or its own child) keeps stdout or stderr open, so the copying goroutine and Wait never end.",
        fixes.WAIT_DELAY,
    ),
    Pattern(
        25,
        "pipe unread",
        Signature(frame=r"^(io|net)\.\(\*pipe\)\."),
        "One end of an in-memory pipe is gone without closing it, so the other end reads or writes for ever.",
        fixes.CLOSE_PIPE,
    ),
    Pattern(
        14,
        "HTTP client per call",
        Signature(
            ("io wait",), frame=r"^net/http\.\(\*persistConn\)\.|^net/http/internal/http2\.\(\*(ClientConn|clientConn)"
        ),
        "A new http.Transport is made for each call; its idle connections, with two goroutines each, are never reused.",
        fixes.SHARE_CLIENT,
    ),
    Pattern(
        13,
        "HTTP body not closed",
        Signature(
            frame=r"^net/http\.\(\*persistConn\)\.(readLoop|writeLoop)|^net/http/internal/http2\.\(\*(C|c)lientConn"
        ),
        "A response body is not closed, so its connection can neither be reused nor closed and keeps two goroutines.",
        fixes.CLOSE_BODY,
    ),
    Pattern(
        9,
        "abandoned cancel",
        Signature(frame=r"^context\.|^os/signal\.NotifyContext"),
        "A context was derived and its CancelFunc never called, so what waits for its end waits for ever.",
        fixes.CANCEL,
    ),
    Pattern(
        28,
        "AfterFunc callback blocks",
        Signature(frame=r"^time\.(goFunc|AfterFunc)"),
        "A callback of time.AfterFunc blocks; the timer starts one more goroutine each time it fires.",
        fixes.CALLBACK,
    ),
    Pattern(
        15,
        "HTTP call without a timeout",
        Signature(frame=r"^net/http\.\(\*persistConn\)\.roundTrip$|http2\.\(\*ClientConn\)\.roundTrip"),
        "The server does not answer and the client has no timeout, so the caller waits for ever.",
        fixes.CALL_TIMEOUT,
    ),
)
