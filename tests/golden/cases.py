"""The committed cases: what every build of the matrix showed, and what of it may change between which builds.

A case is kept as the raw frames of its goroutines (one JSON line a stack), with the folders of the machine that built
it replaced, because only these say where it was built. `make golden` writes them anew.
"""

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from schemas.raw_stack import Frame, RawStack
from tests.golden.toolchains import CACHE, GOLDEN, Build, find_goroot

FOLDER = GOLDEN / "builds"


@dataclass(frozen=True, slots=True)
class Change:
    """A case whose fingerprint differs between builds before and since a Go version, and why."""

    case: str
    since: str
    cause: str


EXCEPTIONS: tuple[Change, ...] = (
    Change("deep", "1.23", "before Go 1.23 a debug=0 profile keeps 32 frames of a stack and does not say that it cut"),
)
"""Complete: the test fails on a change that is not here."""

SAME_PATH: tuple[frozenset[str], ...] = (
    frozenset(
        (
            *("method", "method-value", "method-expression", "method-interface", "method-interface-value"),
            *("method-embedded", "method-embedded-value"),
            *("method-embedded-interface", "method-embedded-interface-value"),
        )
    ),
    frozenset(("method-by-value", "method-pointer-wrapper")),
    frozenset(("generic-method", "generic-method-value")),
    frozenset(("http1", "http1-body-open", "http2", "http-handler-in-handler")),
    frozenset(("sql-open", "sql-query", "sql-pool-exhausted")),
    frozenset(("errgroup", "errgroup-limit")),
)
"""Cases that run through the same functions: the same method called in other ways, and the standard library's own
goroutines, which several cases start."""


def scrub(text: str, build: Build, sources: Path) -> str:
    """Replace the folders of this machine by those that a container would have."""
    goroot = find_goroot(build.version)
    folders = {
        str(sources): "/src/matrix",
        str(CACHE / "mod"): "/go/pkg/mod",
        str(goroot): "/usr/local/go",
    }
    for folder, neutral in folders.items():
        text = text.replace(folder, neutral)
    return text


def write_stacks(stacks: Iterable[RawStack]) -> str:
    """Write stacks, ordered by case, one JSON line each."""
    lines = (
        json.dumps(
            {
                "case": stack.labels.get("case", ""),
                "count": stack.count,
                "frames": [[frame.function, frame.file, frame.line] for frame in stack.frames],
            }
        )
        for stack in stacks
    )
    return "".join(f"{line}\n" for line in sorted(lines))


def read_stacks(path: Path) -> Iterator[RawStack]:
    """Read what write_stacks wrote and save packed."""
    for line in gzip.decompress(path.read_bytes()).decode().splitlines():
        read = json.loads(line)
        frames = tuple(Frame(function, file, number) for function, file, number in read["frames"])
        yield RawStack(frames, read["count"], labels={"case": read["case"]})


def save(text: str, path: Path) -> None:
    """Pack a text so that the same text gives the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
