"""The part of docs/detection.md that says every kind of evidence, made of the code that asks.

Sentences are those of processors/evidence_kinds.py, numbers the constants of the modules that hold them. A constant
that is renamed, or that nothing here names, is noticed by the check of generated files and by tests/docs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from processors.evidence_kinds import KINDS
from processors.growth import crests, evaluate, group, measure, questions
from processors.judge import Policy
from schemas import evidence

BEGIN = "<!-- made by make generate: kinds of evidence -->"
END = "<!-- end -->"


@dataclass(frozen=True, slots=True)
class Law:
    """When a kind passes, with the names of constants in braces; and why it is asked."""

    passes: str
    why: str


LAWS: Mapping[str, Law] = {
    "size": Law(
        "the floor of the newest window lies above that of the oldest by `minimum_growth` goroutines, and by "
        "{_RELATIVE_GROWTH:.0%} of it",
        "a few goroutines more are not worth a person's time, and large pools breathe",
    ),
    "load": Law(
        "the newest floor lies above the oldest one by as much as `size` asks, after the oldest one is taken to grow "
        "as requests did, to the power of {LOAD_EXPONENT}",
        "goroutines of requests rise when requests do; what serves is told from the stacks of the profile itself",
    ),
    "waves": Law(
        "it rose by {_USUAL:g} times what it rose at this time on any of the last days, what a day added for "
        "good taken off",
        "load comes every day at the same hour, and a stack may follow it without serving requests",
    ),
    "crest": Law(
        "the newest floor is {_ABOVE_CREST:g} times the highest from which it fell by {_FALLEN_SHARE:.0%}, and by "
        "{_FALLEN_GOROUTINES}, while the process lived, over windows of this length or longer; a crest is half as high "
        "a week later",
        "leaked goroutines never leave: what came down from a level before had not leaked up to it",
    ),
    "turnover": Law(
        "the gap between the lowest and the highest count of a window widened by less than "
        "{_TURNOVER_SHARE:.0%} of what goroutines that come and go would make it, and a stack of which many "
        "come and go rose by {_BUSY_GROWTH:.0%}; asked of gaps of {_TELLING_GAP} and windows of "
        "{_TELLING_SAMPLES} scrapes and more; many are {_BUSY_GAP:g} roots of the level",
        "stuck goroutines do not fluctuate; a queue does, as the root of its length",
    ),
    "noise": Law(
        "the rise beyond load is {_SCORE:g} standard deviations of the stack's own past; {_SCORE_DOUBTFUL:g} "
        "where no function of the service's own is on the stack, and in the first hour of a process",
        "what always moved by so much moves by so much again",
    ),
    "steps": Law(
        "the largest of the five rises makes at most {_LARGEST_RISE:.0%} of all",
        "a pool that was made larger, or a cache that was filled, rises once and stays",
    ),
    "halves": Law(
        "each half of the span holds {_SMALLER_HALF:.0%} of the rise, give or take {_SLACK:g} of the noise of a half",
        "a leak goes on; a plateau and a spike do not",
    ),
    "load_half": Law(
        "the newer half rose beyond load by {_EXCESS_HALF:.0%} of the older half",
        "load that rose in the newer half hides behind a leak-like older one",
    ),
    "persistence": Law(
        "{_RISES} of the five windows rose, and the newest among them",
        "noise goes back and forth",
    ),
    "starting": Law(
        "in a young process, the newer half rose by {_YOUNG_HALF:.0%} of the older one",
        "caches, pools and connections fill up after a start, ever slower",
    ),
    "regrowth": Law(
        "in a young process, the floor is {_REGROWTH:g} times the level at which it stood still in older ones",
        "after a restart a stack comes back to where it was",
    ),
    "birth": Law(
        "in a young process, it grows {_BIRTH_SLOPE:.0%} as fast as since it began, give or take "
        "{_BIRTH_SLACK:g} of its noise",
        "a warm-up was faster before; a leak was not",
    ),
    "entry": Law(
        "all stacks that came in through the same function rose by {_ENTRY_SHARE:.0%} of this one's rise",
        "a worker that loops stands now in one stack, now in another: their sum does not rise",
    ),
    "sum": Law(
        "asked of the sum over all processes, from the second scale on: {_SUM_PASSING_SHARE:.0%} of the rise "
        "is in processes that pass `birth`, {_SUM_RISING_SHARE:.0%} in such as rose in {_LIFE_RISES} windows, "
        "and single steps make at most {_SUM_STEP_SHARE:.0%}",
        "a slow leak on many instances shows in the sum alone, and so does a change of settings that arrives "
        "one by one",
    ),
    "group": Law(
        "no stack that is reported rises in step with it (its steps apart by less than {_IN_STEP:.0%} of what "
        "chance makes), came in through the same function, or queues for a lock of the same service",
        "the stacks of one connection are one leak",
    ),
    "dump": Law(
        "of the goroutines that came since the growth began {_MOST_OF_A_LEAK:.0%} have waited for a quarter "
        "of that time, or are by their numbers as old; at most {_LITTLE:.0%}: they come and go; between them "
        "it says nothing. Where more stay than it grew by, give or take a root of that and two, as many others "
        "left, and it says the same as of those that come and go. What passes every question but `load`, "
        "`load_half`, `turnover` and `noise` is asked for a dump too, if its rise, requests not taken off, is "
        "{_SCORE:g} standard deviations, {_SCORE_DUMPED:g} where its own noise is at most {_QUIET_SHARE:.0%} of the "
        "rise, and requests did not rise to {_PILE_UP:g} times; a dump whose goroutines wait makes it pass",
        "arrivals that stay have waits spread over the whole time; those that leave have none; a dump "
        "overrules growth both ways",
    ),
    "proof": Law(
        "the runtime's `goroutineleak` profile names it on an instance that still runs",
        "nothing that can still run holds what they wait for; it sees about half of all leaks, so its silence "
        "clears nothing",
    ),
    "serving": Law(
        "it serves no requests; else it stays a suspect for {serving_minutes:g} minutes",
        "requests pile up for a while when a dependency is slow, and go when it is not",
    ),
    "calling": Law(
        "it waits for the answer of no other service (an HTTP or gRPC call, a dial, a database connection); else it "
        "stays a suspect for {serving_minutes:g} minutes",
        "calls pile up for a while when a dependency is slow, also in goroutines that serve no request",
    ),
    "demand": Law(
        "it waits for no peer of an accepted connection; else it stays a suspect for {demand_minutes:g} minutes",
        "connections that nobody closes look like connections that are wanted, but for how long it goes on",
    ),
}


def read_constants() -> dict[str, object]:
    """Give every constant by its name, as the code holds it."""
    policy = Policy(0, 0, 0, 0)
    held = {"serving_minutes": policy.serving_minutes, "demand_minutes": policy.demand_minutes}
    modules = (crests, measure, group, evaluate, evidence, questions)
    return {name: value for module in modules for name, value in vars(module).items()} | held


def describe_kinds() -> str:
    """Give a section for each kind, in the order in which they are asked."""
    constants = read_constants()
    sections = []
    for kind in KINDS:
        law = LAWS[kind.name]
        lines = (
            f"### {kind.name}",
            "",
            f"For a leak: *{kind.holds}.*",
            f"Against: *{kind.fails}.*",
            "",
            f"- Passes when {law.passes.format_map(constants)}.",
            f"- Why: {law.why}.",
            f"- Taken back by {kind.retracts}.",
            f"- Missing until {kind.persuades}.",
        )
        sections.append("\n".join(lines))
    return "\n\n".join(sections)


def weave(page: str, part: str) -> str:
    r"""Put a part between the two marks of a page; ValueError where they are not there.

    Example input: "a\n<!-- made … -->\nold\n<!-- end -->\nb\n", "new"
    Example output: "a\n<!-- made … -->\n\nnew\n\n<!-- end -->\nb\n"
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page lacks {BEGIN} or {END}")
    return f"{before}{BEGIN}\n\n{part}\n\n{END}{after}"
