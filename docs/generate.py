"""Makes what is generated, or checks that it is up to date: the wire code and the reference pages.

`python -m docs.generate` writes, `python -m docs.generate --check` exits 1 and names what differs.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from leakstream.commands_reference import describe_commands
from schemas.settings_reference import describe_settings
from schemas.telemetry import METRICS

ROOT = Path(__file__).parents[1]
PROTOS = ("schemas/wire/profile.proto", "schemas/wire/leakstream.proto")


def describe_metrics() -> str:
    """Give the page of metrics, in the order of their table."""
    lines = [
        "# Metrics",
        "",
        "Made from `schemas/telemetry.py` by `make generate`; served at `/metrics` of `web.listen_address`.",
        "",
        "| metric | kind | labels | meaning |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{m.name}` | {m.kind.value} | {', '.join(m.labels)} | {m.help} |" for m in METRICS]
    return "\n".join(lines) + "\n"


def make_wire(out: Path) -> dict[str, bytes]:
    """Run the pinned protoc; give the files it makes."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", f"--python_out={out}", f"--mypy_out=quiet:{out}"]
    subprocess.run([*command, *PROTOS], cwd=ROOT, check=True, env={**os.environ, "PATH": path})  # noqa: S603 our own
    return {str(file.relative_to(out)): file.read_bytes() for file in sorted(out.rglob("*_pb2.py*"))}


def make_all() -> dict[str, bytes]:
    """Give every generated file by its path."""
    with tempfile.TemporaryDirectory() as folder:
        files = make_wire(Path(folder))
    pages = {"settings": describe_settings(), "metrics": describe_metrics(), "commands": describe_commands()}
    return files | {f"docs/reference/{name}.md": text.encode() for name, text in pages.items()}


def main() -> int:
    """Write or check; give the exit code."""
    files = make_all()
    stale = [name for name, data in files.items() if not (ROOT / name).exists() or (ROOT / name).read_bytes() != data]
    if "--check" in sys.argv:
        sys.stderr.writelines(f"{name} is out of date: run make generate\n" for name in stale)
        return 1 if stale else 0
    for name in stale:
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_bytes(files[name])
    return 0


if __name__ == "__main__":
    sys.exit(main())
