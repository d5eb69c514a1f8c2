"""A recording as `leakstream replay` reads it, written while it is made, and beside it what is known of the run."""

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Self

from benchmarks.detection.live.programs import Pattern
from schemas.model import Kind

TRUTH = "truth.json"
_SUFFIXES = {Kind.GOROUTINE: "pb.gz", Kind.LEAK: "leak.pb.gz", Kind.TEXT: "txt.gz"}


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a run: who ran, and when its pattern began to be called.

    `ended` is the last scrape; `calls` are those begun until then. `died` says that the program ended before.
    """

    pattern: Pattern
    twin: str
    go: str
    rate: str
    interval_seconds: float
    process_start: datetime
    calls_began: datetime
    ended: datetime
    calls: int
    died: bool

    @property
    def leaks(self) -> bool:
        """Say whether it is the twin that leaks."""
        return self.twin == "leaky"

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read the file of a recording; raises OSError and ValueError."""
        told = json.loads((folder / TRUTH).read_text())
        told["pattern"] = Pattern.read(told["pattern"])
        for name in ("process_start", "calls_began", "ended"):
            told[name] = datetime.fromisoformat(told[name])
        return cls(**told)

    def write(self, folder: Path) -> None:
        """Write the file of a recording."""
        told = json.dumps(asdict(self), indent=1, default=datetime.isoformat, ensure_ascii=False)
        (folder / TRUTH).write_text(f"{told}\n")


@dataclass(slots=True)
class Keeper:
    """Writes the attempts of one instance in the order in which they are made."""

    folder: Path
    service: str
    instance: str
    process_start: datetime
    _manifest: IO[str] = field(init=False)
    _number: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        """Make the folder, which must not be there; raises OSError."""
        (self.folder / "profiles").mkdir(parents=True)
        self._manifest = (self.folder / "manifest.jsonl").open("w", buffering=1)

    def keep(self, at: datetime, kind: Kind, profile: bytes) -> None:
        """Keep a profile."""
        self._number += 1
        name = f"profiles/{self._number:06}.{_SUFFIXES[kind]}"
        (self.folder / name).write_bytes(profile)
        self._write(at, kind, {"profile": name})

    def note(self, at: datetime, kind: Kind, error: str) -> None:
        """Note that an attempt gave no profile."""
        self._write(at, kind, {"error": error})

    def _write(self, at: datetime, kind: Kind, outcome: dict[str, Any]) -> None:
        line = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "service": self.service,
            "instance": self.instance,
            "process_start": self.process_start.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "kind": kind.value,
            **outcome,
        }
        self._manifest.write(f"{json.dumps(line)}\n")

    def close(self) -> None:
        """Close the manifest."""
        self._manifest.close()
