"""What a change of names promises to histories."""

from processors.aliases import Aliases, link, resolve
from processors.fingerprint import fingerprint
from processors.normalise import normalise
from processors.rewrite import BUILTIN, Rule, Rules
from schemas.raw_stack import RawStack, make_frames


def test_name_resolves_to_the_newest() -> None:
    """Version 1 to 2 to 3, and what never changed stays."""
    aliases = link([("g1-a", "g2-a"), ("g2-a", "g3-a"), ("g1-b", "g1-b")])
    assert [resolve(name, aliases) for name in ("g1-a", "g2-a", "g1-b", "g1-c")] == ["g3-a", "g3-a", "g1-b", "g1-c"]


def test_old_name_that_became_several_has_no_heir() -> None:
    """Histories may merge, but none is given to two."""
    aliases = link([("g1-a", "g2-a"), ("g1-b", "g2-a"), ("g1-c", "g2-x"), ("g1-c", "g2-y")])
    assert aliases == Aliases({"g1-a": "g2-a", "g1-b": "g2-a"}, ("g1-c",))


def test_circle_ends() -> None:
    """A rule that was changed and changed back does not hang."""
    assert resolve("g1-a", Aliases({"g1-a": "g1-b", "g1-b": "g1-a"}, ())) == "g1-b"


def test_new_rewrite_rules_keep_the_history_of_known_stacks() -> None:
    """The same stacks named without and with a rule give the table."""
    rules = Rules((Rule(r"_v\d+$", ""),))
    stacks = [RawStack(make_frames((name,)), 1) for name in ("main.f_v1", "main.f_v2", "main.g")]
    named = [(str(fingerprint(normalise(s, BUILTIN))), str(fingerprint(normalise(s, rules)))) for s in stacks]
    aliases = link(named)
    assert (resolve(named[0][0], aliases), len(aliases.successors)) == (resolve(named[1][0], aliases), 2)
