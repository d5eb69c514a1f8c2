"""A folder of recordings -> what `leakstream replay` says of each service, all of them replayed as one fleet.

One replay of a fleet instead of one for each recording: services are judged apart, and the compiled reader pays.
"""

import json
import subprocess
import sys
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from schemas.model import Kind

SETTINGS = Path(__file__).parent / "replay.yml"
MANIFEST = "manifest.jsonl"


class ReplayError(Exception):
    """The replay failed; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Said:
    """A change of state as replay prints it; `frames` leaf first."""

    at: datetime
    state: str
    verdict: str
    fingerprint: str
    operation: str
    site: str
    frames: tuple[str, ...]

    @property
    def origin(self) -> str:
        """Give the goroutine's entry function, empty for a stack without frames."""
        return self.frames[-1] if self.frames else ""


def find_recordings(folder: Path) -> tuple[Path, ...]:
    """Give the recordings below a folder that have their truth beside them, by name."""
    return tuple(sorted(truth.parent for truth in folder.glob("*/truth.json")))


def replay(folder: Path, kinds: Collection[Kind]) -> Mapping[str, tuple[Said, ...]]:
    """Replay every recording of a folder with profiles of some kinds only; give what was said by service, in order.

    Writes the fleet's manifest into the folder. Raises ReplayError.
    """
    (folder / MANIFEST).write_text("".join(merge(find_recordings(folder), kinds)))
    words = [sys.executable, "-m", "leakstream", "replay", "--output", "json", "--config", str(SETTINGS), str(folder)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise ReplayError(ran.stderr)
    found: dict[str, list[Said]] = defaultdict(list)
    for line in ran.stdout.splitlines():
        row = json.loads(line)
        found[row["service"]].append(read_said(row))
    return {service: tuple(said) for service, said in found.items()}


def merge(recordings: Iterable[Path], kinds: Collection[Kind]) -> Iterator[str]:
    """Give the lines of all manifests in the order of time, each profile's name seen from the folder above."""
    lines: list[tuple[str, str]] = []
    for recording in recordings:
        for line in (recording / MANIFEST).read_text().splitlines():
            attempt = json.loads(line)
            if Kind(attempt["kind"]) in kinds:
                if "profile" in attempt:
                    attempt["profile"] = f"{recording.name}/{attempt['profile']}"
                lines.append((attempt["time"], json.dumps(attempt)))
    yield from (f"{line}\n" for _, line in sorted(lines))


def read_said(row: Mapping[str, object]) -> Said:
    """Read a line of replay."""
    frames = row["frames"]
    return Said(
        at=datetime.fromisoformat(str(row["time"])),
        state=str(row["state"]),
        verdict=str(row["verdict"]),
        fingerprint=str(row["fingerprint"]),
        operation=str(row["operation"]),
        site=str(row["site"]),
        frames=tuple(map(str, frames)) if isinstance(frames, list) else (),
    )
