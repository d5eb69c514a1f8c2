"""The settings of users' rules -> rules, once their examples hold.

Apart from rewrite.py because settings are pydantic's, which naming a stack offline needs none of.
"""

from collections.abc import Iterable

import re2

from processors.rewrite import Rule, Rules, apply, compile_pattern
from schemas.model import Problem
from schemas.settings_rewrite import RewriteRuleSettings


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


def _check_rule(where: str, settings: RewriteRuleSettings) -> Iterable[Problem]:
    """Give what is wrong with one rule: its pattern, each example that does not hold, or that none is matched.

    A replacement shows that its groups exist only where the pattern matches, so one example must be matched.
    """
    rule = Rule(settings.match, settings.replace)
    matched = False
    for number, example in enumerate(settings.examples):
        try:
            got = apply(rule, example.input)
            matched = matched or bool(compile_pattern(rule.match).search(example.input))
        except (re2.error, IndexError) as error:
            yield Problem(where, f"match or replace cannot be used ({_say(error)})", repr(rule.match))
            return
        if got != example.output:
            sentence = f"match {rule.match!r} turns {example.input!r} into {got!r}, not into {example.output!r}"
            yield Problem(f"{where}.examples[{number}]", sentence)
    if not matched:
        yield Problem(where, "match is found in none of the examples", repr(rule.match))


def _say(error: Exception) -> str:
    """Give RE2's words as text."""
    words = error.args[0] if error.args else error
    return words.decode(errors="replace") if isinstance(words, bytes) else str(words)
