"""Fingerprints of one service -> dense numbers, with what their names say about them.

A line of every table here is one fingerprint, or one *entry*: the sum of all stacks that came in through the same
function of the service's own code. A worker alternates between stacks and one leak may show as six: sums tell.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from processors.attribute import is_standard, package_of
from processors.growth.lookup import UNKNOWN, Lookup, Places, Values, order_of
from schemas.model import ELLIPSIS, Fingerprint

_SERVING_ORIGINS = (
    "net/http.(*conn).serve",
    "net/http/internal/http2.(*serverConn).runHandler",
    "google.golang.org/grpc.(*Server).serveStreams.func",
)
"""Beginnings of the entry functions of goroutines that serve an accepted request."""

_TRANSPORT_ORIGINS = (
    "google.golang.org/grpc/internal/transport.NewServerTransport",
    "google.golang.org/grpc/internal/transport.newHTTP2Server",
    "google.golang.org/grpc/internal/transport.(*http2Server).",
)
_DEMAND_ORIGINS = (
    *_SERVING_ORIGINS,
    "net/http/internal/http2.(*serverConn).readFrames",
    "google.golang.org/grpc/internal/transport.(*http2Server).",
    "google.golang.org/grpc/internal/transport.NewServerTransport",
    "google.golang.org/grpc.(*Server).handleRawConn",
)
_BACKGROUND_READ = "net/http.(*connReader).backgroundRead"
_QUEUES = ("mutex lock", "rwmutex lock", "rwmutex rlock")
"""Requests that queue for a lock say how long the queue is, not how much is asked for."""

NOBODY = -1

Ids = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A roster as arrays, made when it has grown. `wide` is how many numbers it holds.

    `stacks` are the numbers of the fingerprints `values`, rising; `serving` those that serve. `members` are the stacks
    of entries, entry by entry: those of `entries[n]` begin at `starts[n]`.
    """

    wide: int
    values: Values
    stacks: Places
    serving: Places
    members: Places
    starts: Places
    entries: Places


class Roster:
    """Numbers of a service's fingerprints and entries, in the order in which they were met."""

    def __init__(self) -> None:
        self.ids: dict[int, int] = {}
        self.names: list[Fingerprint | None] = []
        self.entry_of: Ids = np.full(64, NOBODY, dtype=np.int32)
        self.serving: Bools = np.zeros(64, dtype=np.bool_)
        self.requests: Bools = np.zeros(64, dtype=np.bool_)
        self.demand: Bools = np.zeros(64, dtype=np.bool_)
        self.own: Bools = np.zeros(64, dtype=np.bool_)
        self.entries: dict[str, int] = {}
        self._lookup = Lookup()
        self._layout: Layout | None = None

    def __len__(self) -> int:
        """Give how many numbers are taken."""
        return len(self.names)

    def meet(
        self, values: Values, goroutines: NDArray[np.uint64], name_of: Callable[[int], Fingerprint]
    ) -> tuple[Places, list[tuple[int, int]]]:
        """Number fingerprints; also give the entries that became sums now, each with the one stack it was before.

        What is new is numbered in the order of its goroutines (lookup.py), whatever order it comes in.
        """
        sums: list[tuple[int, int]] = []
        found = self._lookup.find(self.ids, values)
        new = np.flatnonzero(found == UNKNOWN)
        if len(new):
            for value in values[new][order_of(values[new], goroutines[new])].tolist():
                self._add(name_of(value), sums)
            found = self._lookup.find(self.ids, values)
        return self.layout.stacks.take(found), sums

    @property
    def layout(self) -> Layout:
        """Give the roster as arrays."""
        if self._layout is None or self._layout.wide != len(self.names):
            self._layout = self._lay_out()
        return self._layout

    def _lay_out(self) -> Layout:
        """Make the arrays."""
        wide = len(self.names)
        entry_of = self.entry_of[:wide]
        members = np.flatnonzero(entry_of != NOBODY)
        members = members[entry_of[members].argsort(kind="stable")]
        entries, starts = np.unique(entry_of[members], return_index=True)
        values = np.fromiter(self.ids, np.uint64, len(self.ids))
        stacks = np.fromiter(self.ids.values(), np.intp, len(self.ids))
        serving = np.flatnonzero(self.serving[:wide])
        return Layout(wide, values, stacks, serving, members, starts, entries.astype(np.intp))

    def _add(self, name: Fingerprint, sums: list[tuple[int, int]]) -> int:
        """Number a new fingerprint."""
        number = self._take(name)
        self.ids[name.value] = number
        self.requests[number] = name.origin.startswith((*_SERVING_ORIGINS, _BACKGROUND_READ))
        self.serving[number] = name.origin.startswith(_SERVING_ORIGINS) and name.operation not in _QUEUES
        self.demand[number] = is_demand(name)
        self.own[number] = name.own is not None
        entry = find_entry(name)
        if entry:
            self._join(entry, number, sums)
        return number

    def _join(self, entry: str, number: int, sums: list[tuple[int, int]]) -> None:
        """Let a stack count for its entry, which is a line of its own from its second stack on."""
        first = self.entries.setdefault(entry, number)
        if first == number:
            return
        if self.names[first] is not None:
            total = self._take(None)
            self.entries[entry] = total
            self.entry_of[first] = total
            sums.append((total, first))
            first = total
        self.entry_of[number] = first

    def _take(self, name: Fingerprint | None) -> int:
        """Take the next number."""
        number = len(self.names)
        if number == len(self.entry_of):
            self.entry_of = np.concatenate([self.entry_of, np.full(number, NOBODY, dtype=np.int32)])
            self.serving, self.requests, self.demand, self.own = (
                np.concatenate([flags, np.zeros(number, dtype=np.bool_)])
                for flags in (self.serving, self.requests, self.demand, self.own)
            )
        self.names.append(name)
        return number


def find_entry(name: Fingerprint) -> str:
    """Give the function of the service's own code through which a goroutine came in; empty where there is none.

    In a stack that serves a request that is the handler, not what was wrapped around it.
    """
    if name.own is None:
        return ""
    entry = name.frames[name.own]
    for frame in name.frames[name.own :]:
        if frame.startswith(_SERVERS):
            break
        if _may_be_own(frame):
            entry = frame
    return entry


def _may_be_own(frame: str) -> bool:
    """Tell a service's frames from those of what calls into it: names are all there is."""
    return frame != ELLIPSIS and not is_standard(package_of(frame)) and not frame.startswith(_FRAMEWORKS)


_SERVERS = ("net/http.", "google.golang.org/grpc.")
_FRAMEWORKS = (
    *("google.golang.org/", "golang.org/x/"),
    *("github.com/gin-gonic/", "github.com/go-chi/", "github.com/labstack/"),
)


_CALLS = (
    *("net/http.(*Transport).", "net/http.(*persistConn).roundTrip", "net.(*Dialer).", "net.(*Resolver)."),
    *(
        "google.golang.org/grpc.(*clientStream).",
        "google.golang.org/grpc.(*ClientConn).",
        "google.golang.org/grpc.Invoke",
    ),
    "database/sql.(*DB).",
)


def is_calling(name: Fingerprint) -> bool:
    """Say whether a goroutine of the service's own waits for the answer of another service."""
    return name.own is not None and any(frame.startswith(_CALLS) for frame in name.frames[: name.own])


def is_demand(name: Fingerprint) -> bool:
    """Say whether a goroutine waits for the peer of an accepted connection: a user, not a mistake."""
    if name.origin.startswith(_TRANSPORT_ORIGINS):
        return True
    if name.operation != "io wait" or any(frame == _BACKGROUND_READ for frame in name.frames):
        return False
    return name.origin.startswith(_DEMAND_ORIGINS)
