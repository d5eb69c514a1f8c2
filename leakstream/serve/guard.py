"""Which statements may run at the door. Pure.

The engine's `readonly = 1` is necessary and not sufficient: under it `INTO OUTFILE` still writes, the scalar `file()`
still reads any path, DESCRIBE of a table function opens it, and SYSTEM and KILL still run. So a statement is judged
here first, on the text that the engine's own formatQuery() gave back: no comments, no odd quoting, one statement only.
"""

import re
from collections.abc import Sequence
from itertools import pairwise

_TOKEN = re.compile(
    r"""(?P<string>'(?:[^'\\]|\\.|'')*')|(?P<quoted>`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*")"""
    r"""|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>[0-9][A-Za-z0-9_.]*)|(?P<space>\s+)|(?P<other>.)""",
    re.DOTALL,
)
_READING = frozenset({"select", "with", "(", "show", "describe", "desc", "exists", "explain"})
_HARMLESS = frozenset({"format", "zeros", "zeros_mt", "dictionary"})
"""Table functions that the engine does not allow under readonly and that reach nothing outside."""

_PAIRS = frozenset({("into", "outfile"), ("parallel", "with")})


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
            tokens.append(re.sub(r"\\(.)", r"\1", token[1:-1]).lower())
        elif kind != "space":
            tokens.append(token.lower())
    return tuple(tokens)


def refuse(formatted: str, never_called: frozenset[str], never_named: frozenset[str]) -> str | None:
    """Say why a formatted statement may not run, None when it may.

    Both sets hold names of functions in lower case. Those of `never_named` may not even stand alone: a function takes
    another by its bare name (`arrayMap(file, ['/path'])` reads the file), and so does an Identifier parameter.
    """
    tokens = tokenise(formatted)
    if not tokens or tokens[0] not in _READING:
        return f"{tokens[0].upper() if tokens else 'an empty statement'} is not reading"
    for one, other in pairwise(tokens):
        if (one, other) in _PAIRS:
            return f"{one} {other} is not allowed".upper().replace("IS NOT ALLOWED", "is not allowed")
        if other == "(" and one == "apply":
            return "APPLY is not allowed"
        if other == "(" and one in never_called - _HARMLESS:
            return f"the function {one} reaches outside of the store"
    return _refuse_names(tokens, never_named)


def _refuse_names(tokens: tuple[str, ...], never_named: frozenset[str]) -> str | None:
    """Say which name alone reaches outside, None when none does."""
    pairs = set(pairwise(tokens))
    named = never_named.intersection(tokens)
    if named:
        return f"the name {min(named)} is that of a function that reaches outside of the store"
    if (":", "identifier") in pairs:
        return "parameters of type Identifier are not served"
    if ("default", ".") in pairs:
        return "the database default shows which files exist"
    return "APPLY is not allowed" if "apply" in tokens else None


def find_format(formatted: str) -> str | None:
    """Give the format that a formatted statement names itself, None when it names none."""
    words = [match[0] for match in _TOKEN.finditer(formatted) if match.lastgroup != "space"]
    return _last_format(words)


def _last_format(words: Sequence[str]) -> str | None:
    """Give the word behind the last FORMAT that is a clause."""
    for index in range(len(words) - 2, 0, -1):
        if words[index] == "FORMAT" and words[index + 1] != "(":
            return words[index + 1]
    return None
