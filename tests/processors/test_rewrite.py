"""What users' rules for names promise."""

import pytest

from processors.make_rules import RuleError, check_rules, make_rules
from processors.normalise import normalise
from processors.rewrite import BUILTIN, Rule, Rules, rewrite
from schemas.model import Problem
from schemas.raw_stack import RawStack, make_frames
from schemas.settings_rewrite import RewriteRuleSettings


def settings(match: str, replace: str, *examples: tuple[str, str]) -> RewriteRuleSettings:
    """Write one rule as in a file."""
    written = [{"input": given, "output": wanted} for given, wanted in examples]
    return RewriteRuleSettings.model_validate({"match": match, "replace": replace, "examples": written})


def test_rules_apply_in_order_after_the_built_in_ones() -> None:
    """Each rule sees what the one before it gave, on names that are already canonical."""
    rules = make_rules(
        (
            settings(r"handler_v\d+", "handler", ("main.handler_v17", "main.handler")),
            settings(r"^main\.(handler)$", r"app.\1", ("main.handler", "app.handler")),
        )
    )
    stack = normalise(RawStack(make_frames(("runtime.gopark", "runtime.chanrecv", "main.handler_v17")), 1), rules)
    assert (stack.frames, stack.operation) == (("app.handler",), "chan receive")


def test_rule_that_gives_nothing_drops_the_frame_but_never_the_stack() -> None:
    """A stack keeps frames whatever rules say."""
    rules = Rules((Rule(r"^middleware\..*", ""),))
    stacks = [("main.work", "middleware.Log", "main.serve"), ("middleware.Log",)]
    got = [normalise(RawStack(make_frames(names), 1), rules).frames for names in stacks]
    assert got == [("main.work", "main.serve"), ("middleware.Log",)]


def test_rule_whose_example_fails_is_refused_with_what_it_did() -> None:
    """The problem names the rule, the input, what was wanted and what came out."""
    broken = settings(r"_v\d", "", ("main.f_v1", "main.f"), ("main.f_v12", "main.f"))
    with pytest.raises(RuleError) as refused:
        make_rules((broken,))
    assert refused.value.problems == (
        Problem("rewrite_rules[0].examples[1]", r"match '_v\\d' turns 'main.f_v12' into 'main.f2', not into 'main.f'"),
    )


@pytest.mark.parametrize("match", ["(", r"(a)\1", "(?=a)", "a{1000000}"])
def test_pattern_that_cannot_be_bounded_is_refused(match: str) -> None:
    """Whatever RE2 cannot match in linear time is no pattern."""
    (problem,) = check_rules((settings(match, "", ("a", "a")),))
    assert (problem.where, problem.quote) == ("rewrite_rules[0]", repr(match))


def test_rule_that_none_of_its_examples_shows_is_refused() -> None:
    """Examples that a rule leaves alone say nothing about it."""
    assert check_rules((settings("handler", "x", ("main.work", "main.work")),)) == (
        Problem("rewrite_rules[0]", "match is found in none of the examples", "'handler'"),
    )


def test_replacement_that_names_no_group_is_refused() -> None:
    r"""`\1` wants a group."""
    (problem,) = check_rules((settings("a", r"\1", ("a", "a")),))
    assert problem.where == "rewrite_rules[0]"


def test_pattern_that_backtracks_elsewhere_matches_in_linear_time() -> None:
    """Nested repetition, on which Python's own engine would not end."""
    assert rewrite("a" * 5000 + "!", Rules((Rule("(a+)+$", "x"),))) == "a" * 5000 + "!"


def test_no_rules_change_nothing() -> None:
    """The default."""
    assert rewrite("main.work", BUILTIN) == "main.work"
