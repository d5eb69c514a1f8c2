"""Migrations as text: what they must look like, and which statements bring a store up to date.

A migration is a pasteable `.sql` file with one placeholder, `{database}`. This module reads no file and no store: it
takes names and texts and gives statements, for a single server, the embedded engine, or a cluster (cluster.py). It
refuses gaps in the numbering, text that differs from what was shipped, placeholders it does not know, dangers that are
not marked (dangers.py), and stores that are newer than the migrations at hand.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from schemas.store.cluster import spread
from schemas.store.dangers import find_dangers, read_marks
from schemas.store.split import SchemaError, blank, split_statements

__all__ = [
    "Migration",
    "SchemaError",
    "list_migrations",
    "pending_migrations",
    "render",
    "render_statements",
    "split_statements",
]

_FILE_NAME = re.compile(r"(?P<number>[0-9]{4})_(?P<name>[a-z0-9_]+)\.sql")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACEHOLDER = re.compile(r"\{(?!\w+:)[^{}]*\}")
"""`{name:Type}` is ClickHouse's own: the argument of a view."""
_LOCK_LINE = re.compile(r"(?P<checksum>[0-9a-f]{64})  (?P<file>\S+)")


@dataclass(frozen=True, slots=True)
class Migration:
    """One shipped migration. `checksum` is the SHA-256 of the file, in hex."""

    number: int
    name: str
    text: str
    checksum: str

    def statements(self, database: str, cluster: str = "") -> tuple[str, ...]:
        """Give its statements for one database, in order, without comments between them; without a cluster by ''."""
        return render_statements(self.text, database, cluster)


def list_migrations(texts: Mapping[str, str], shipped: str) -> tuple[Migration, ...]:
    """Order migrations given by file name; raise SchemaError on odd names, gaps, and text that is not as shipped.

    `shipped` is the text of `shipped.sha256`, lines as `sha256sum` writes them.
    """
    locks = _read_locks(shipped)
    migrations = tuple(_migration(file, texts[file]) for file in sorted(texts))
    for expected, migration in enumerate(migrations, start=1):
        if migration.number != expected:
            raise SchemaError(f"migration {expected:04d} is missing: the next file is number {migration.number:04d}")
    for file, migration in zip(sorted(texts), migrations, strict=True):
        if locks.get(file) != migration.checksum:
            raise SchemaError(f"{file} is not as shipped (shipped.sha256 says {locks.get(file, 'nothing')})")
        _refuse_dangers(file, migration.text)
    if missing := sorted(set(locks) - set(texts)):
        raise SchemaError(f"{missing[0]} was shipped and is missing")
    return migrations


def pending_migrations(migrations: Sequence[Migration], applied: Mapping[int, str]) -> tuple[Migration, ...]:
    """Give the migrations a store still needs, in order; `applied` maps number to checksum.

    Raises SchemaError when the store knows a migration that we do not, or knows one with another text.
    """
    known = {migration.number: migration.checksum for migration in migrations}
    if newer := sorted(set(applied) - set(known)):
        latest = max(known, default=0)
        raise SchemaError(f"the store has schema {newer[-1]}, this program knows {latest}: use a newer Leakstream")
    if changed := sorted(number for number, checksum in applied.items() if known[number] != checksum):
        raise SchemaError(f"migration {changed[0]:04d} was applied to the store with another text")
    return tuple(migration for migration in migrations if migration.number not in applied)


def render(text: str, database: str) -> str:
    """Put the name of the database in; raise SchemaError for a name that needs quoting or any other placeholder."""
    if not _IDENTIFIER.fullmatch(database):
        raise SchemaError(f"not a name for a database: {database!r} (letters, digits and _, no digit first)")
    rendered = text.replace("{database}", database)
    if left := _PLACEHOLDER.search(rendered):
        raise SchemaError(f"unknown placeholder {left.group()!r}: only {{database}} is rendered")
    return rendered


def render_statements(text: str, database: str, cluster: str = "") -> tuple[str, ...]:
    """Give the statements of a text for one database, on a cluster where one is named; raise SchemaError."""
    statements = split_statements(render(text, database))
    if not cluster:
        return statements
    if not _IDENTIFIER.fullmatch(cluster):
        raise SchemaError(f"not a name for a cluster: {cluster!r} (letters, digits and _, no digit first)")
    return tuple(part for statement in statements for part in spread(statement, cluster))


def _migration(file: str, text: str) -> Migration:
    """Read number and name out of a file name."""
    match = _FILE_NAME.fullmatch(file)
    if match is None:
        raise SchemaError(f"not a name for a migration: {file!r} (expected NNNN_what.sql)")
    checksum = hashlib.sha256(text.encode()).hexdigest()
    return Migration(int(match["number"]), match["name"], text, checksum)


def _refuse_dangers(file: str, text: str) -> None:
    """Raise SchemaError where a migration holds a danger that it does not say it knows of."""
    unmarked = sorted(set(find_dangers(map(blank, split_statements(text)))) - read_marks(text))
    if unmarked:
        raise SchemaError(f"{file} holds {unmarked[0]} without a line `-- dangerous: {unmarked[0]}: why`")


def _read_locks(shipped: str) -> Mapping[str, str]:
    """Read `checksum  file` lines into file -> checksum."""
    locks: dict[str, str] = {}
    for line in shipped.splitlines():
        match = _LOCK_LINE.fullmatch(line)
        if match is None:
            raise SchemaError(f"not a line of shipped.sha256: {line!r}")
        locks[match["file"]] = match["checksum"]
    return locks
