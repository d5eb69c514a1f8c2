"""Migrations as text: what they must look like, and which statements bring a store up to date.

A migration is a pasteable `.sql` file with one placeholder, `{database}`. This module reads no file and no store: it
takes names and texts and gives statements. It refuses gaps in the numbering, text that differs from what was shipped,
placeholders it does not know, and stores that are newer than the migrations at hand.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_FILE_NAME = re.compile(r"(?P<number>[0-9]{4})_(?P<name>[a-z0-9_]+)\.sql")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_LOCK_LINE = re.compile(r"(?P<checksum>[0-9a-f]{64})  (?P<file>\S+)")
_TOKEN = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<quoted> '(?:[^'\\]|\\.|'')*' | "(?:[^"\\]|\\.|"")*" | `(?:[^`\\]|\\.|``)*` )
    | (?P<end> ; )
    | (?P<open> ['"`] | /\* )
    | (?P<code> (?: [^-/'"`;] | -(?!-) | /(?!\*) )+ )
    """,
    re.VERBOSE | re.DOTALL,
)


class SchemaError(Exception):
    """The migrations, or the store they meet, are not what they should be; the sentence says how."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One shipped migration. `checksum` is the SHA-256 of the file, in hex."""

    number: int
    name: str
    text: str
    checksum: str

    def statements(self, database: str) -> tuple[str, ...]:
        """Give its statements for one database, in order, without comments between them."""
        return split_statements(render(self.text, database))


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


def split_statements(text: str) -> tuple[str, ...]:
    """Cut SQL at semicolons outside of strings, quoted names and comments; comments are left out.

    Example input: SELECT ';' -- one; not two
    Example output: ("SELECT ';'",)
    """
    statements = [""]
    for token in _TOKEN.finditer(text):
        if token.lastgroup == "open":
            raise SchemaError(f"never closed: {text[token.start() : token.start() + 40]!r}")
        if token.lastgroup == "end":
            statements.append("")
        else:
            statements[-1] += " " if token.lastgroup == "comment" else token.group()
    return tuple(stripped for statement in statements if (stripped := statement.strip()))


def _migration(file: str, text: str) -> Migration:
    """Read number and name out of a file name."""
    match = _FILE_NAME.fullmatch(file)
    if match is None:
        raise SchemaError(f"not a name for a migration: {file!r} (expected NNNN_what.sql)")
    checksum = hashlib.sha256(text.encode()).hexdigest()
    return Migration(int(match["number"]), match["name"], text, checksum)


def _read_locks(shipped: str) -> Mapping[str, str]:
    """Read `checksum  file` lines into file -> checksum."""
    locks: dict[str, str] = {}
    for line in shipped.splitlines():
        match = _LOCK_LINE.fullmatch(line)
        if match is None:
            raise SchemaError(f"not a line of shipped.sha256: {line!r}")
        locks[match["file"]] = match["checksum"]
    return locks
