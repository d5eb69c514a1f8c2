r"""A header of a debug=2 dump -> what it says of the goroutine.

The grammar is that of `goroutineheader` in Go's runtime/traceback.go, 1.18 to 1.27; what it does not know is kept in
`notes`, because each Go version adds words.
"""

import re
from dataclasses import dataclass, replace

from processors.broken import Broken
from processors.unquote import unquote

_SUFFIX = re.compile(r" \((leaked|scan|durable|synctest)\)$")
_BUBBLE = re.compile(r"synctest (?:bubble|group) [0-9]+$")
_OLD_LABELS = " labels:{"
_LABELS = " {"
_WORDS = re.compile(r"(?:(?! labels:\{)[^,\]])*")
_LABEL = r'(?:"((?:[^"\\]|\\.)*)"|([A-Za-z0-9._/]*))'
_HEADER_LABEL = re.compile(_LABEL + ": " + _LABEL)
_QUOTED_LABEL = re.compile(r'"((?:[^"\\]|\\.)*)":"((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says, its number and minutes apart. `labels` are sorted pairs; a repeated key keeps its last."""

    state: str
    leaked: bool = False
    locked_to_thread: bool = False
    notes: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()


def read_header(trimmed: bytes) -> Header | Broken:
    """Read a trimmed header; give what is wrong with it when it is none.

    Example input: [chan receive (leaked), locked to thread] {user: "a b"}:
    Example output: Header("chan receive", leaked=True, locked_to_thread=True, labels=(("user", "a b"),))
    """
    text = trimmed.decode(errors="backslashreplace")
    if not text.startswith("["):
        return Broken("the goroutine's header has no state in brackets")
    words = _WORDS.match(text, 1)
    end = words.end() if words else 1
    header = _read_state(text[1:end])
    labels: dict[str, str] = {}
    while text.startswith(", ", end):
        if label := _QUOTED_LABEL.match(text, end + 2):
            labels[unquote(label[1])] = unquote(label[2])
            end = label.end()
        elif clause := _WORDS.match(text, end + 2):
            header = _add_clause(header, clause[0])
            end = clause.end()
    end = _read_labels(text, end, _OLD_LABELS, labels)
    if not text.startswith("]", end):
        return Broken("the goroutine's header has no closing bracket")
    end = _read_labels(text, end + 1, _LABELS, labels)
    if text[end:] != ":":
        return Broken("the goroutine's header does not end after its state or its labels")
    return replace(header, labels=tuple(sorted(labels.items())))


def _read_state(words: str) -> Header:
    """Take the words in parentheses off that speak of the goroutine and not of the wait."""
    leaked = False
    while suffix := _SUFFIX.search(words):
        leaked |= suffix[1] == "leaked"
        words = words[: suffix.start()]
    return Header(words, leaked)


def _add_clause(header: Header, clause: str) -> Header:
    """Read what follows the state after a comma."""
    if clause == "locked to thread":
        return replace(header, locked_to_thread=True)
    if clause == "leaked":
        return replace(header, leaked=True)
    return header if _BUBBLE.match(clause) else replace(header, notes=(*header.notes, clause))


def _read_labels(text: str, start: int, opening: str, labels: dict[str, str]) -> int:
    """Read `k: v, k2: "quoted"}` into labels; give the place behind it, or `start` when that is something else.

    Go 1.27 opens them with ` {` behind the state, 1.26 with ` labels:{` within the brackets (runtime/traceback.go).
    """
    if not text.startswith(opening, start):
        return start
    end = start + len(opening)
    while label := _HEADER_LABEL.match(text, end):
        key, bare_key, value, bare_value = label.groups()
        labels[bare_key if key is None else unquote(key)] = bare_value if value is None else unquote(value)
        end = label.end()
        if not text.startswith(", ", end):
            return end + 1 if text.startswith("}", end) else start
        end += 2
    return start
