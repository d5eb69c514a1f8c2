"""A process behind its wall: it asks the engine itself, with every right and no guard, for what must not be had.

    python -m tests.leakstream.wall.wall_program DATA CANARY TARGET

Prints one JSON object: what became of each attempt, `ok` or the name of the error.
"""

import json
import os
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from leakstream.adapters.clickhouse import open_embedded
from leakstream.migrate import migrate, read_migrations
from leakstream.wall import build_wall
from schemas.ports import StoreRefusedError, StoreUnavailableError
from schemas.settings_load import load_settings

_SETTINGS = """
store: {{embedded: {{path: {data}/store}}}}
log: {{sqlite: {{path: {data}/log.db}}}}
tickets: [{{file: {{path: {data}/tickets}}}}]
"""


_REFUSALS = ("ermission denied", "cross-device link")
"""A link between folders with other rights is refused as one between devices is."""


def attempt(what: Callable[[], object]) -> str:
    """Say how an attempt went."""
    try:
        what()
    except (OSError, StoreRefusedError, StoreUnavailableError) as error:
        return "refused" if any(word in str(error) for word in _REFUSALS) else str(error)[:300]
    return "ok"


def main(data: str, canary: str, target: str) -> None:
    """Build the wall, open the engine behind it, and try."""
    said: dict[str, object] = {}
    settings = load_settings(_SETTINGS.format(data=data), "f.yml")
    built = build_wall(settings, lambda sentence, **_: said.update(said=sentence), lambda: None)
    said |= {"holds": built.holds, "abi": built.abi}
    store = open_embedded(Path(data, "store"))
    migrate(store, "leakstream", now=datetime(2026, 11, 1, tzinfo=UTC))
    soft = Path(data, "tickets", "soft")
    rows = pa.Table.from_pylist([{"number": 99, "name": "x", "applied_at": datetime(2026, 11, 1, tzinfo=UTC)}])
    attempts: dict[str, Callable[[], object]] = {
        "read with the engine": lambda: store.query(f"SELECT file('{canary}')"),
        "read a table with the engine": lambda: store.query(f"DESCRIBE TABLE file('{canary}')"),
        "write with the engine": lambda: store.execute(f"SELECT 1 INTO OUTFILE '{target}'"),
        "insert into a file": lambda: store.execute(f"INSERT INTO FUNCTION file('{target}', CSV, 'a Int8') SELECT 1"),
        "read": lambda: Path(canary).read_text(),
        "list": lambda: list(Path(canary).parent.iterdir()),
        "write": lambda: Path(target).write_text("x"),
        "append": lambda: Path(canary).open("a").close(),
        "delete": lambda: Path(canary).unlink(),
        "move": lambda: Path(data, "store.tmp").rename(target),
        "link": lambda: os.link(canary, Path(data, "linked")),
        "make a link that leads out": lambda: soft.symlink_to(canary),
        "read through it": soft.read_text,
        "run a program": lambda: subprocess.run(["/bin/true"], check=False),
        "read who users are": lambda: Path("/etc/passwd").read_text(),
        "insert": lambda: store.insert("schema_migrations", rows, "t"),
        "merge": lambda: store.execute("OPTIMIZE TABLE schema_migrations FINAL"),
        "log": lambda: Path(data, "log.db").write_text("x"),
        "temporary file": lambda: tempfile.NamedTemporaryFile().close(),
        "ticket": lambda: Path(data, "tickets", "a").write_text("x"),
        "import": lambda: __import__("wsgiref.simple_server"),
        "certificates": ssl.create_default_context,
    }
    said["attempts"] = {name: attempt(what) for name, what in attempts.items()}
    said["migrations"] = len(store.query("SELECT number FROM schema_migrations FINAL")) - len(read_migrations())
    store.close()
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
