"""The Go service of this folder, built with one version of Go, and what it can be asked to do.

Toolchains are those of tests/golden. The build works on a copy, to which the programs of Go's own tests are added.
"""

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from benchmarks.detection.live.tree_sources import write_tree
from tests.golden.toolchains import PINNED, VERSIONS, find_goroot, find_toolchain, go_environment

SOURCES = Path(__file__).parent / "service"
TWINS = ("leaky", "fixed")
_FLAGS = {"GOFLAGS": "-mod=readonly -buildvcs=false"}


@dataclass(frozen=True, slots=True)
class Stack:
    """What a stack looks like that grows: regular expressions of its operation and of one part of it.

    `part` is `site`, `origin`, or `frames` where any of them may match.
    """

    operation: str
    part: str
    matches: str

    def fits(self, operation: str, site: str, origin: str, frames: Iterable[str]) -> bool:
        """Say whether a stack is one of this look."""
        parts = {"site": (site,), "origin": (origin,), "frames": frames}[self.part]
        return bool(re.fullmatch(self.operation, operation)) and any(re.search(self.matches, part) for part in parts)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One way to leak: the stacks that a person must be led to, those that grow with them, and how often to call it.

    `rate` is empty where the usual one will do. Only patterns with a number have a fixed twin.
    """

    id: str
    name: str
    expected: tuple[Stack, ...]
    also: tuple[Stack, ...]
    rate: str

    @property
    def of_the_tree(self) -> bool:
        """Say whether it is a program of Go's own tests."""
        return not self.id.isdecimal()

    @classmethod
    def read(cls, line: dict[str, Any]) -> Self:
        """Read a line of `service -list`."""
        stacks = {part: tuple(Stack(**stack) for stack in line[part] or ()) for part in ("expected", "also")}
        return cls(line["id"], line["name"], stacks["expected"], stacks["also"], line["rate"])


def choose_version(prefix: str) -> str:
    """Give the version of Go that is meant by 1.27 or 1.27.3; raises ValueError."""
    for version in VERSIONS:
        if version == prefix or version.startswith(f"{prefix}."):
            return version
    raise ValueError(f"Go {prefix}: there is none but {', '.join(VERSIONS)}")


def build_service(version: str, folder: Path) -> Path:
    """Build the service in a folder, over an older build; raises CalledProcessError with the compiler's words."""
    sources, binary = folder / f"source-{version}", folder / f"service-{version}"
    shutil.rmtree(sources, ignore_errors=True)
    shutil.copytree(SOURCES, sources)
    write_tree(find_goroot(PINNED), sources)
    command = [str(find_toolchain(version)), "build", "-trimpath", "-o", str(binary.resolve()), "."]
    environment = go_environment() | _FLAGS
    subprocess.run(command, cwd=sources, env=environment, check=True, capture_output=True, text=True)
    return binary


def list_patterns(binary: Path) -> tuple[Pattern, ...]:
    """Ask a build what it can do: the 28 patterns in their order, then the programs of the Go tree."""
    listed = subprocess.run([str(binary), "-list"], check=True, capture_output=True, text=True).stdout
    return tuple(Pattern.read(json.loads(line)) for line in listed.splitlines())


def choose_patterns(patterns: Iterable[Pattern], wanted: str) -> tuple[Pattern, ...]:
    """Give the patterns of a choice: `all`, `twins`, `tree`, or ids with commas between; raises ValueError."""
    known = {pattern.id: pattern for pattern in patterns}
    if wanted == "all":
        return tuple(known.values())
    if wanted in ("twins", "tree"):
        return tuple(pattern for pattern in known.values() if pattern.of_the_tree is (wanted == "tree"))
    if unknown := [name for name in wanted.split(",") if name not in known]:
        raise ValueError(f"no such pattern: {', '.join(unknown)}; there are {', '.join(known)}")
    return tuple(known[name] for name in wanted.split(","))
