"""Makes what is generated, or checks that it is up to date: wire code, its lock, reference pages, dashboards.

`python -m docs.generate` writes, `python -m docs.generate --check` exits 1 and names what differs. Both refuse a change
of the wire format that old records or old readers would not survive; then nothing is written.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from docs.kinds import describe_kinds, weave
from docs.tables import describe_tables
from docs.wire_lock import find_breaks, read_descriptors, read_lock, write_lock
from infra.grafana.build.make import make_grafana
from leakstream.commands_reference import describe_commands
from schemas.settings_reference import describe_settings
from schemas.telemetry import METRICS

ROOT = Path(__file__).parents[1]
OURS = "schemas/wire/leakstream.proto"
PROTOS = ("schemas/wire/profile.proto", "schemas/wire/profile_labels.proto", OURS)
LOCK = "schemas/wire/leakstream.lock"
DETECTION = "docs/detection.md"


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


def run_protoc(*arguments: str) -> None:
    """Run the pinned protoc at the root."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, env={**os.environ, "PATH": path})  # noqa: S603 our own


def make_wire(out: Path) -> dict[str, bytes]:
    """Give the files that protoc makes."""
    run_protoc(f"--python_out={out}", f"--mypy_out=quiet:{out}", *PROTOS)
    return {str(file.relative_to(out)): file.read_bytes() for file in sorted(out.rglob("*_pb2.py*"))}


def make_lock(out: Path) -> tuple[str, tuple[str, ...]]:
    """Give the lock of our wire format as it is now, and what of the committed one is broken."""
    run_protoc(f"--descriptor_set_out={out / 'ours'}", OURS)
    now = read_descriptors((out / "ours").read_bytes())
    committed = ROOT / LOCK
    return write_lock(now), find_breaks(read_lock(committed.read_text()), now) if committed.exists() else ()


def make_all() -> tuple[dict[str, bytes], tuple[str, ...]]:
    """Give every generated file by its path, and what is broken."""
    with tempfile.TemporaryDirectory() as folder:
        files = make_wire(Path(folder))
        lock, broken = make_lock(Path(folder))
        tables = describe_tables(Path(folder) / "store")
    pages = {
        "settings": describe_settings(),
        "metrics": describe_metrics(),
        "commands": describe_commands(),
        "tables": tables,
    }
    texts = {LOCK: lock} | {f"docs/reference/{name}.md": text for name, text in pages.items()}
    texts[DETECTION] = weave((ROOT / DETECTION).read_text(), describe_kinds())
    return files | make_grafana() | {name: text.encode() for name, text in texts.items()}, broken


def main() -> int:
    """Write or check; give the exit code."""
    files, broken = make_all()
    if broken:
        sys.stderr.writelines(f"{OURS}: {sentence}\n" for sentence in broken)
        return 1
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
