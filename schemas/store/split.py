"""SQL text -> its statements, and a statement without its strings: what migrations are looked at with."""

import re

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


def blank(statement: str) -> str:
    """Empty the strings and quoted names of a statement, so that only its own words are left.

    Example input: SELECT 'DROP' AS `a b`
    Example output: SELECT '' AS ``
    """
    return "".join(
        token.group()[0] * 2 if token.lastgroup == "quoted" else token.group() for token in _TOKEN.finditer(statement)
    )


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
