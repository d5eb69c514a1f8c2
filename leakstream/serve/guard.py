"""Which statements may run at the door. Pure.

The engine's `readonly = 1` is necessary and not sufficient: under it `INTO OUTFILE` still writes, the scalar `file()`
still reads any path, DESCRIBE of a table function opens it, and SYSTEM and KILL still run. So a statement is judged
here first, on the text that the engine's own formatQuery() gave back: no comments, no odd quoting, one statement only.

Rule 1: the first word reads. Rule 2: no clause writes a file or hides a function's name. Rule 3: no table function that
reaches outside is called. Rule 4: no function that reaches outside is named, called or not: `arrayMap(file, ...)` needs
no parenthesis behind it. Rule 5: nothing is looked up in the database `default`: there the embedded engine takes the
name of a table for the path of a file. Rule 6: an Identifier parameter, filled in after this, is a plain name that
rules 4 and 5 allow.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_TOKEN = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.|'')*')|(?P<quoted>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>[0-9][A-Za-z0-9_]*)|(?P<space>\s+)|(?P<other>.)""",
    re.DOTALL,
)
_FORMAT = re.compile(r"^FORMAT `?([A-Za-z0-9_]+)`?$", re.MULTILINE)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?", re.ASCII)
_READING = frozenset({"select", "with", "(", "show", "describe", "desc", "exists", "explain"})
_CHUNKED = frozenset({"select", "with", "("})
_SESSIONS = {
    "set": "SET needs a session, and none is kept here: give settings in the address",
    "use": "USE needs a session, and none is kept here: give database= in the address",
}
_PAIRS = frozenset({("into", "outfile"), ("parallel", "with")})
_FILES = "default"
_ALARMING = frozenset({"stack_trace"})
"""System tables that do something to be read: this one interrupts every thread of the process."""


@dataclass(frozen=True, slots=True)
class Forbidden:
    """What reaches outside of the store, in lower case: names that may not be called, names that may not stand."""

    called: frozenset[str]
    named: frozenset[str]


def tokenise(text: str) -> tuple[str, ...]:
    """Split formatted SQL: strings stay whole with their quotes, quoted names lose theirs and their case.

    Example input: SELECT `File`('x') AS a
    Example output: select file ( 'x' ) as a
    """
    tokens = []
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match[0]
        if kind == "string":
            tokens.append(token)
        elif kind == "quoted":
            tokens.append(re.sub(r"\\(.)", r"\1", token[1:-1], flags=re.DOTALL).lower())
        elif kind != "space":
            tokens.append(token.lower())
    return tuple(tokens)


def refuse(formatted: str, parameters: Mapping[str, str], forbidden: Forbidden) -> str | None:
    """Say why a formatted statement with these parameters may not run, None when it may."""
    tokens = tokenise(formatted)
    if not tokens:
        return "an empty statement is not reading"
    if tokens[0] not in _READING:
        return _SESSIONS.get(tokens[0], f"{tokens[0].upper()} is not reading")
    if "apply" in tokens:
        return "APPLY is not allowed"
    for name in tokens:
        if name in forbidden.named:
            return f"the function {name} reaches outside of the store"
        if name in _ALARMING:
            return f"system.{name} interrupts the process"
    return _refuse_pair(tokens, forbidden) or _refuse_identifiers(tokens, parameters, forbidden)


def _refuse_pair(tokens: Sequence[str], forbidden: Forbidden) -> str | None:
    """Say which two neighbouring tokens are not allowed."""
    for one, other in pairwise(tokens):
        if (one, other) in _PAIRS:
            return f"{one.upper()} {other.upper()} is not allowed"
        if other == "(" and one in forbidden.called:
            return f"the function {one} reaches outside of the store"
        if other == "." and one == _FILES:
            return "the database default holds no tables here, only paths of files"
    return None


def _refuse_identifiers(tokens: Sequence[str], parameters: Mapping[str, str], forbidden: Forbidden) -> str | None:
    """Say which `{name:Identifier}` is filled with more than a plain, harmless name."""
    values = {name.lower(): value for name, value in parameters.items()}
    if len(values) < len(parameters):
        return "two parameters differ in case only"
    for index in range(1, len(tokens) - 1):
        if tokens[index : index + 2] != (":", "identifier"):
            continue
        value = values.get(tokens[index - 1], "").lower()
        if not _PLAIN_NAME.fullmatch(value):
            return f"the Identifier parameter {tokens[index - 1]} is not a plain name"
        if {_FILES, "apply"} & set(value.split(".")) or (forbidden.named | _ALARMING) & set(value.split(".")):
            return f"the Identifier parameter {tokens[index - 1]} reaches outside of the store"
    return None


def may_stream(formatted: str) -> bool:
    """Say whether a statement that may run has a result that chunks are all of: WITH TOTALS has rows beside it."""
    tokens = tokenise(formatted)
    return tokens[0] in _CHUNKED and "totals" not in tokens


def find_format(formatted: str) -> str | None:
    """Give the format that a formatted statement names itself, None when it names none.

    formatQuery() puts the clause on a line of its own, and escapes line breaks in strings and quoted names.
    """
    found = _FORMAT.findall(formatted)
    return str(found[-1]) if found else None
