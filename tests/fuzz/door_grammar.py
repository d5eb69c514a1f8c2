"""Statements for the fuzzer of the door, from the engine's own words: functions, table functions, formats, settings.

Most are made by templates from those words, the others are known statements, hostile and not, with their tokens
exchanged, quoted otherwise, taken out, or with others in between.
"""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tests.leakstream.serve.door_client import DoorClient
from tests.leakstream.serve.statements import HOSTILE, READING

_TOKEN = re.compile(r"'(?:[^'\\]|\\.|'')*'|`[^`]*`|\"[^\"]*\"|\w+|\s+|.", re.DOTALL)
_MOST_TOKENS = 400

_EXPLAINED = ("", "AST", "SYNTAX", "PLAN", "PIPELINE", "ESTIMATE", "QUERY TREE")
_JOINTS = ("INTO OUTFILE", "FORMAT", "SETTINGS", ";", "UNION ALL")
_SOME, _FEW, _RARE = 0.3, 0.2, 0.05

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Words:
    """What the engine knows, by its own tables."""

    functions: tuple[str, ...]
    table_functions: tuple[str, ...]
    formats: tuple[str, ...]
    settings: tuple[str, ...]
    keywords: tuple[str, ...]
    tables: tuple[str, ...]
    types: tuple[str, ...]


def read_words(door: DoorClient) -> Words:
    """Ask the door itself."""

    def column(sql: str) -> tuple[str, ...]:
        return tuple(door.ask(sql).text.split("\n")[:-1])

    return Words(
        column("SELECT name FROM system.functions ORDER BY name"),
        column("SELECT name FROM system.table_functions ORDER BY name"),
        column("SELECT name FROM system.formats ORDER BY name"),
        column("SELECT name FROM system.settings ORDER BY name"),
        column("SELECT keyword FROM system.keywords ORDER BY keyword"),
        column("SELECT database || '.' || name FROM system.tables WHERE database = 'system' ORDER BY name"),
        column("SELECT name FROM system.data_type_families ORDER BY name"),
    )


@dataclass(frozen=True, slots=True)
class Lures:
    """What nobody may reach: a file, a name for a new one, an address that listens."""

    canary: str
    target: str
    port: int

    def literals(self) -> tuple[str, ...]:
        """Give them as a statement writes them."""
        url = f"'http://127.0.0.1:{self.port}/x.csv'"
        paths = (self.canary, self.target, "canary.csv", "./canary.csv", f"file://{self.canary}", "../*/canary.csv")
        return (*(f"'{path}'" for path in paths), url, f"'127.0.0.1:{self.port}'", f"'tcp://127.0.0.1:{self.port}'")


class Maker:
    """Makes statements, the same for the same seed."""

    def __init__(self, words: Words, lures: Lures, seed: int) -> None:
        self._words = words
        self._lures = lures
        self._random = random.Random(seed)  # noqa: S311 a seeded sequence, no secret
        filled = [self._fill(statement) for _, statement in HOSTILE] + [self._fill(text) for text in READING]
        self._known = [_TOKEN.findall(statement) for statement in filled if statement]
        self._templates: tuple[tuple[int, Callable[[], str]], ...] = (
            (8, lambda: f"SELECT {self._expression(3)}"),
            (4, lambda: " ".join(("SELECT", self._expression(2), "FROM", self._table(2)))),
            (6, lambda: " ".join(("SELECT * FROM", self._table(3)))),
            (3, lambda: f"DESCRIBE TABLE {self._table(1)}"),
            (1, lambda: f"EXPLAIN {self._pick(_EXPLAINED)} {self()}"),
            (1, lambda: " ".join((f"SELECT * APPLY({self._function()}) FROM", self._table(1)))),
            (2, lambda: f"WITH {self._expression(2)} AS x SELECT x, {self._expression(1)}"),
            (1, lambda: f"{self()} {self._pick(_JOINTS)} {self._tail()}"),
            (1, lambda: f"SELECT 1 SETTINGS {self._pick(self._words.settings)} = {self._atom()}"),
            (1, lambda: " ".join(self._pick(self._words.keywords) for _ in range(self._random.randint(1, 6)))),
            (1, lambda: f"{self._pick(self._words.keywords)} {self._name()} {self._atom()}"),
            (1, lambda: f"SHOW {self._pick(self._words.keywords)} {self._name()} FROM {self._name()}"),
        )

    def __call__(self) -> str:
        """Make one."""
        if self._random.random() < _SOME:
            return self._mutate()
        weights = [weight for weight, _ in self._templates]
        return self._random.choices(self._templates, weights)[0][1]()

    def address(self) -> dict[str, str]:
        """Make what goes into the address beside it: settings, a format, a parameter."""
        parameter = self._pick((self._function(), self._lures.canary, "default", self._atom(), "1", "x"))
        asked = {"max_execution_time": "1", "param_p": parameter}
        if self._random.random() < _SOME:
            asked[self._pick(self._words.settings)] = self._atom().strip("'")
        if self._random.random() < _FEW:
            asked["default_format"] = self._pick(self._words.formats)
        return asked

    def _mutate(self) -> str:
        """Change a known statement in a place or two."""
        tokens = list(self._pick(self._known))
        changes = (self._swap, self._swap, self._swap, self._quote_one, self._put_between, self._splice, self._cut)
        for _ in range(self._random.choice((1, 1, 1, 2, 3))):
            self._pick(changes)(tokens)
            tokens = tokens or ["SELECT"]
        return "".join(tokens[:_MOST_TOKENS])

    def _swap(self, tokens: list[str]) -> None:
        """Exchange a token for another of its kind: a text for a text, a name for a name."""
        words = [at for at, token in enumerate(tokens) if token[0] in "'\"`" or token[0].isalnum()]
        at = self._pick(words or [0])
        if tokens[at].startswith("'"):
            tokens[at] = self._pick(self._lures.literals())
        elif tokens[at][0].isdigit():
            tokens[at] = self._atom()
        else:
            others = (self._function(), self._name(), self._pick(self._words.table_functions), tokens[at].swapcase())
            tokens[at] = self._pick((*others, self._pick(self._words.keywords)))

    def _quote_one(self, tokens: list[str]) -> None:
        """Write a token in another way."""
        at = self._random.randrange(len(tokens))
        tokens[at] = self._quote(tokens[at])

    def _put_between(self, tokens: list[str]) -> None:
        """Put something between two tokens."""
        between = (" ", "/**/", "--\n", "\n", "(", ")", ",", ";", "#\n", "\u00a0", "\0")
        tokens.insert(self._random.randrange(len(tokens)), self._pick(between))

    def _splice(self, tokens: list[str]) -> None:
        """Put a part of another known statement in."""
        other, at = self._pick(self._known), self._random.randrange(len(tokens))
        cut = self._random.randrange(len(other))
        tokens[at:at] = other[cut : cut + self._random.randint(1, 8)]

    def _cut(self, tokens: list[str]) -> None:
        """Take some tokens out."""
        at = self._random.randrange(len(tokens))
        del tokens[at : at + self._random.randint(1, 3)]

    def _quote(self, token: str) -> str:
        """Write a name in another way."""
        ways = (f"`{token}`", f'"{token}"', "".join(f"\\x{ord(c):02x}" for c in token[:1]) + token[1:])
        return self._pick((*ways, f'"{ways[2]}"', f"`{ways[2]}`", "{p:Identifier}", f"({token})"))

    def _expression(self, depth: int) -> str:
        """Make an expression with calls so deep."""
        if depth == 0 or self._random.random() < _FEW:
            return self._atom()
        name = self._function()
        inner = ", ".join(self._expression(depth - 1) for _ in range(self._random.choice((0, 1, 1, 1, 2, 2, 3))))
        mapped = f"arrayMap(x -> {name}(x), [{inner}])"
        cast = f"CAST({self._atom()} AS {self._pick(self._words.types)})"
        return self._pick((*[f"{name}({inner})"] * 4, f"arrayMap({name}, [{inner}])", mapped, cast))

    def _table(self, depth: int) -> str:
        """Make something to read from."""
        if depth == 0:
            plain = ("numbered", "numbers(3)", self._pick(self._words.tables), f"default.`{self._lures.canary}`")
            return self._pick(plain)
        name = self._pick(self._words.table_functions)
        inner = [self._atom() for _ in range(self._random.randint(0, 4))]
        if self._random.random() < _SOME:
            inner.append(" ".join(("(SELECT * FROM", self._table(depth - 1), ")")))
        return f"{self._quote(name) if self._random.random() < _FEW else name}({', '.join(inner)})"

    def _atom(self) -> str:
        """Make a literal, a name or a lure."""
        small = (
            "1",
            "0",
            "-1",
            "'x'",
            "''",
            "NULL",
            "[1, 2]",
            "['a']",
            "number",
            "text",
            "*",
            "now()",
            "1.5",
            "{p:String}",
        )
        lures = self._lures.literals()
        return self._pick(
            (*small, *lures, f"[{self._pick(lures)}]", f"'{self._pick(self._words.formats)}'", self._name())
        )

    def _name(self) -> str:
        """Make a name of something."""
        return self._pick(
            (self._function(), "numbered", "default", f"`{self._lures.canary}`", self._pick(self._words.tables))
        )

    def _function(self) -> str:
        """Pick a function; those that reach outside more often than their share."""
        if self._random.random() < _RARE:
            return self._pick(("file", "FILE", '"fi\\x6ce"', "`file`"))
        return self._pick(self._words.functions)

    def _tail(self) -> str:
        """Make what may stand at the end."""
        setting = f"{self._pick(self._words.settings)} = {self._atom()}"
        return self._pick((f"'{self._lures.target}'", self._pick(self._words.formats), setting, self._mutate()))

    def _fill(self, statement: str) -> str:
        """Put the lures into a known statement."""
        for name, value in (
            ("canary", self._lures.canary),
            ("target", self._lures.target),
            ("port", str(self._lures.port)),
        ):
            statement = statement.replace("{" + name + "}", value)
        return statement.replace("{{", "{").replace("}}", "}")

    def _pick(self, things: Sequence[T]) -> T:
        """Pick one of some things."""
        return self._random.choice(things)
