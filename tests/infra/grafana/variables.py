"""The variables of Grafana in a query: conditions of the data source's front end, then values in their formats.

`$__conditionalAll(condition, $variable)` becomes 1=1 where everything is chosen. A variable is written in the format
behind its colon. What is no variable stays as it is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

ALL = "$__all"
"""The value of a variable when all of its options are chosen."""

_VARIABLE = re.compile(r"\$\{(?P<braced>\w+)(?::(?P<format>\w+))?\}|\$(?P<plain>\w+)")
_CONDITIONAL = "$__conditionalAll("


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is chosen of one variable: one value, several, or ALL out of these options."""

    values: str | tuple[str, ...]
    options: tuple[str, ...] = ()

    def resolve(self) -> str | tuple[str, ...]:
        """Give the values that a panel sees."""
        return self.options if self.values in {ALL, (ALL,)} else self.values

    def is_all(self) -> bool:
        """Say whether everything is chosen, as the front end of the data source does."""
        return self.values in {ALL, (ALL,), "", ()}


def write_conditions(sql: str, variables: Mapping[str, Chosen]) -> str:
    """Replace every $__conditionalAll, the last one first, so that they may be nested.

    Example input: WHERE $__conditionalAll(a IN (${b:csv}), $b)
    Example output: WHERE a IN (${b:csv})
    """
    while (start := sql.rfind(_CONDITIONAL)) >= 0:
        arguments, end = read_arguments(sql, start + len(_CONDITIONAL) - 1)
        if len(arguments) != 2:
            return sql
        named = _VARIABLE.search(arguments[1])
        chosen = variables.get((named["braced"] or named["plain"]) if named else "")
        sql = sql[:start] + ("1=1" if chosen and chosen.is_all() else arguments[0]) + sql[end:]
    return sql


def write_variables(sql: str, variables: Mapping[str, Chosen]) -> str:
    """Write every variable; one without a format becomes a list in quotes when it has several values, else itself."""

    def write(match: re.Match[str]) -> str:
        chosen = variables.get(match["braced"] or match["plain"])
        return match[0] if chosen is None else FORMATS[match["format"] or ""](chosen.resolve())

    return _VARIABLE.sub(write, sql)


def read_arguments(sql: str, at: int) -> tuple[list[str], int]:
    """Give the arguments within the parentheses that open at a place, and where they end; none where they never do."""
    depth, begin, found = 0, at + 1, []
    for place in range(at, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[place], 0)
        if (sql[place] == "," and depth == 1) or depth == 0:
            found.append(sql[begin:place])
            begin = place + 1
        if depth == 0:
            return found, begin
    return [], at


def _sql_string(value: str) -> str:
    """Quote as `sqlstring` does."""
    return "'" + value.replace("'", "''").replace('"', '\\"') + "'"


def _single(value: str) -> str:
    """Quote as `singlequote` does: backslashes stay, so a value with one before a quote breaks the statement."""
    return "'" + value.replace("'", "\\'") + "'"


def _regex(value: str) -> str:
    """Escape as `regex` does."""
    return re.sub(r"[\\^$*+?.()|[\]{}/]", r"\\\g<0>", value)


def _join(one: Callable[[str], str], between: str = ",", around: str = "{}") -> Callable[[str | Sequence[str]], str]:
    """Make a format of how one value is written; `around` is put around several."""

    def write(values: str | Sequence[str]) -> str:
        if isinstance(values, str):
            return one(values)
        written = between.join(map(one, values))
        return written if len(values) == 1 else around.replace("{}", written)

    return write


def _plain(values: str | Sequence[str]) -> str:
    """Write without a format, as the data source does: several values are put in quotes that nothing escapes."""
    return values if isinstance(values, str) else "'" + "','".join(values) + "'"


def _percent(values: str | Sequence[str]) -> str:
    """Write for an address."""
    return quote(values if isinstance(values, str) else "{" + ",".join(values) + "}", safe="-_.~")


FORMATS: Mapping[str, Callable[[str | Sequence[str]], str]] = {
    "": _plain,
    "raw": _join(str),
    "csv": _join(str),
    "pipe": _join(str, "|"),
    "regex": _join(_regex, "|", "({})"),
    "singlequote": _join(_single),
    "doublequote": _join(lambda value: '"' + value.replace('"', '\\"') + '"'),
    "sqlstring": _join(_sql_string),
    "percentencode": _percent,
}
"""Formats of Grafana (@grafana/scenes, formatRegistry) by their names."""
