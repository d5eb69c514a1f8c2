r"""Go's quoted strings -> what was quoted.

Two quoters of Go write what we read: `%q` of fmt (debug=1) and the runtime's own (debug=2, `printquoted` in
runtime/print.go). Both escape alike; JSON, which looks the same at first, has no \x, \a, \v and \U.
"""

import re

_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[^xuU])", re.DOTALL)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_FIRST_RAW_BYTE = 0x80


def unquote(quoted: str) -> str:
    r"""Undo the escapes between the quotes; what means no character stays as it is written.

    Example input: a\tb\u00e9\"
    Example output: a	bé"
    """
    return _ESCAPE.sub(_read_escape, quoted) if "\\" in quoted else quoted


def _read_escape(match: re.Match[str]) -> str:
    r"""Give the character of one escape; `\xff` stands for a byte that is no UTF-8, and stays."""
    escape = match[1]
    if len(escape) == 1:
        return _LETTERS.get(escape, escape)
    code = int(escape[1:], 16)
    if (escape[0] == "x" and code >= _FIRST_RAW_BYTE) or code > 0x10FFFF or 0xD800 <= code < 0xE000:  # noqa: PLR2004 the end of Unicode, and the surrogates
        return match[0]
    return chr(code)
