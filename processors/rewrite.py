r"""The users' own rules for names: a pattern, what it becomes, and examples that must hold before anything starts.

Exists because only a team knows which of its names are generated (`handler_v2_17`). Patterns are RE2's, which matches
in time linear in the name: no pattern can hang a processor, and what RE2 cannot promise (look-around, back references)
it refuses. Groups are `\1` in `replace`.
"""

from dataclasses import dataclass
from functools import lru_cache

import re2

MEMORY_BYTES = 1 << 20
"""What one compiled pattern may take; RE2's own default is 8 MiB, the largest pattern tried took 60 kB."""


@dataclass(frozen=True, slots=True)
class Rule:
    """Where `match` is found in a canonical name, `replace` takes its place."""

    match: str
    replace: str


@dataclass(frozen=True, slots=True)
class Rules:
    """Users' rules in their order. None: names stay as Leakstream writes them."""

    rules: tuple[Rule, ...] = ()


BUILTIN = Rules()


@lru_cache(maxsize=200_000)
def rewrite(name: str, rules: Rules) -> str:
    """Apply the users' rules to a canonical name, each to what the one before it gave; empty drops the frame."""
    for rule in rules.rules:
        name = apply(rule, name)
    return name


def apply(rule: Rule, name: str) -> str:
    """Replace every match; raise re2.error for a pattern or a replacement that is none."""
    plain = name.encode(errors="replace").decode()  # RE2 wants UTF-8, and a hostile name may hold half a character
    return str(compile_pattern(rule.match).sub(rule.replace, plain))


@lru_cache(maxsize=1000)
def compile_pattern(pattern: str) -> re2._Regexp:
    """Compile a pattern once, quietly."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_BYTES
    return re2.compile(pattern, options)
