r"""The users' own rules for names: a pattern, what it becomes, and examples that must hold before anything starts.

Exists because only a team knows which of its names are generated (`handler_v2_17`). Patterns are RE2's, which matches
in time linear in the name: no pattern can hang a processor, and what RE2 cannot promise (look-around, back references)
it refuses. Groups are `\1` in `replace`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import re2

from schemas.model import Problem
from schemas.settings_rewrite import RewriteRuleSettings

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


class RuleError(ValueError):
    """Rules that cannot be used: their patterns do not compile or their examples do not hold."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        """Keep the problems in the order of the rules."""
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


def make_rules(settings: Iterable[RewriteRuleSettings]) -> Rules:
    """Make rules of their settings; raise RuleError when one could not be used."""
    written = tuple(settings)
    problems = check_rules(written)
    if problems:
        raise RuleError(problems)
    return Rules(tuple(Rule(rule.match, rule.replace) for rule in written))


def check_rules(settings: Iterable[RewriteRuleSettings]) -> tuple[Problem, ...]:
    """Run every rule on its own examples; give what is wrong, empty when all hold."""
    return tuple(
        problem for index, rule in enumerate(settings) for problem in _check_rule(f"rewrite_rules[{index}]", rule)
    )


@lru_cache(maxsize=200_000)
def rewrite(name: str, rules: Rules) -> str:
    """Apply the users' rules to a canonical name, each to what the one before it gave; empty drops the frame."""
    for rule in rules.rules:
        name = _apply(rule, name)
    return name


def _check_rule(where: str, settings: RewriteRuleSettings) -> Iterable[Problem]:
    """Give what is wrong with one rule: its pattern, each example that does not hold, or that none is matched.

    A replacement shows that its groups exist only where the pattern matches, so one example must be matched.
    """
    rule = Rule(settings.match, settings.replace)
    matched = False
    for number, example in enumerate(settings.examples):
        try:
            got = _apply(rule, example.input)
            matched = matched or bool(_compile(rule.match).search(example.input))
        except (re2.error, IndexError) as error:
            yield Problem(where, f"match or replace cannot be used ({_say(error)})", repr(rule.match))
            return
        if got != example.output:
            sentence = f"match {rule.match!r} turns {example.input!r} into {got!r}, not into {example.output!r}"
            yield Problem(f"{where}.examples[{number}]", sentence)
    if not matched:
        yield Problem(where, "match is found in none of the examples", repr(rule.match))


def _apply(rule: Rule, name: str) -> str:
    """Replace every match; raise re2.error for a pattern or a replacement that is none."""
    plain = name.encode(errors="replace").decode()  # RE2 wants UTF-8, and a hostile name may hold half a character
    return str(_compile(rule.match).sub(rule.replace, plain))


@lru_cache(maxsize=1000)
def _compile(pattern: str) -> re2._Regexp:
    """Compile a pattern once, quietly."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MEMORY_BYTES
    return re2.compile(pattern, options)


def _say(error: Exception) -> str:
    """Give RE2's words as text."""
    words = error.args[0] if error.args else error
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)
