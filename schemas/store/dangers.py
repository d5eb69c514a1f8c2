"""Statements that can cost data, and the mark without which a migration may not hold one.

A migration says in a comment of its own line that it knows what it does: `-- dangerous: DROP: the view reads nothing`.
The mark names the danger and gives a reason; one mark covers every statement of that danger in the file. What a view
reads is rebuilt in an instant, so `CREATE OR REPLACE VIEW` is no danger; any change of a column's type is one, because
narrowing loses values and widening rewrites the column.
"""

import re
from collections.abc import Iterable

_DANGERS = {
    danger: re.compile(pattern, re.IGNORECASE)
    for danger, pattern in {
        "DROP": r"\bDROP\b",
        "TRUNCATE": r"\bTRUNCATE\b",
        "DELETE": r"\bDELETE\b",
        "UPDATE": r"\bUPDATE\b",
        "CLEAR": r"\bCLEAR\s+(COLUMN|INDEX|PROJECTION)\b",
        "DETACH": r"\bDETACH\b",
        "RENAME": r"\bRENAME\b",
        "EXCHANGE": r"\bEXCHANGE\b",
        "MOVE": r"\bMOVE\s+PART",
        "REPLACE": r"\bREPLACE\s+(TABLE|PARTITION|DICTIONARY)\b",
        "MODIFY COLUMN": r"\b(MODIFY|ALTER)\s+COLUMN\s+(IF\s+EXISTS\s+)?\S+\s+(?!(COMMENT|CODEC|REMOVE|DEFAULT)\b)",
        "MODIFY KEY": r"\bMODIFY\s+(ORDER|PARTITION|SAMPLE)\s+BY\b",
        "TTL": r"\bTTL\b",
    }.items()
}
_MARK = re.compile(r"^-- dangerous: (?P<danger>[A-Z ]+): \S.*$", re.MULTILINE)
_CREATE = re.compile(r"\s*CREATE\s", re.IGNORECASE)


def find_dangers(statements: Iterable[str]) -> tuple[str, ...]:
    """Name what is dangerous in statements whose strings and quoted names are blanked; sorted, empty when nothing is.

    A TTL is a danger where it is put on rows that are there already; in a CREATE there are none.
    """
    found = {
        danger
        for statement in statements
        for danger, pattern in _DANGERS.items()
        if pattern.search(statement) and not (danger == "TTL" and _CREATE.match(statement))
    }
    return tuple(sorted(found))


def read_marks(text: str) -> frozenset[str]:
    """Give the dangers that the text of a migration says it knows of."""
    return frozenset(mark["danger"] for mark in _MARK.finditer(text))
