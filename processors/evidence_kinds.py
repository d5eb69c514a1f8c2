"""Every kind of evidence by name, with what people read of it: data, no decisions.

The questions of growth/questions.py come first, in their order; then what is found beyond them. A kind has two
sentences, of evidence that speaks for a leak and of evidence that speaks against one, and two endings: what would take
a verdict back (`retracts`), and what would make one of what is refused (`persuades`).
"""

from dataclasses import dataclass

from processors.growth.questions import QUESTIONS
from processors.judge import Hold

PROOF = "proof"
DUMP = "dump"
GROUP = "group"
SERVING = "serving"
CALLING = "calling"
DEMAND = "demand"


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """A kind of evidence. `holds` is said where it speaks for a leak, `fails` where it speaks against one."""

    name: str
    holds: str
    fails: str
    retracts: str
    persuades: str


_ENDINGS = {
    "size": ("a fall back to where it began", "a rise that is large enough to matter"),
    "load": ("requests that grow as much as it does", "a rise beyond that of requests"),
    "waves": (
        "another day on which it rose as much at this time and fell again",
        "a rise well beyond that of other days at this time",
    ),
    "crest": (
        "a fall, as the last time that it stood so high",
        "a rise above the level from which it came down before",
    ),
    "turnover": (
        "counts that fluctuate more as they rise",
        "counts that rise and do not fluctuate more",
    ),
    "noise": ("noise as large as its rise", "a rise that stands out of its noise"),
    "steps": ("a plateau after one step that made most of the rise", "further rises after that step"),
    "halves": ("a half of the span without a rise", "a rise in both halves of the span"),
    "load_half": ("a newer half that rises no faster than requests", "a newer half that rises faster than requests"),
    "persistence": ("windows without a rise", "a rise in nearly every window, the newest among them"),
    "starting": (
        "a rise that slows down, as after the start of a process",
        "a rise that does not slow down as the process grows older",
    ),
    "regrowth": (
        "older processes that stood still at this level",
        "a rise beyond the level at which older processes stood still",
    ),
    "birth": ("growth that is slower than since the process began", "growth as fast as since the process began"),
}
_OTHERS = (
    EvidenceKind(
        "entry",
        "all that came in through the same function rises together",
        "the stacks that came in through the same function do not rise together",
        "a fall of the other stacks that came in through the same function",
        "a rise of all stacks that came in through the same function",
    ),
    EvidenceKind(
        "sum",
        "it rises over all instances together",
        "it rises within the noise of single instances only",
        "noise of single instances as large as the rise of all",
        "a rise over all instances together, in longer windows",
    ),
    EvidenceKind(
        GROUP,
        "it grows apart from every stack that is reported",
        "it grows together with another stack, which is reported",
        "another stack that rises in step with it and is reported for both",
        "growth apart from the stack that is reported for both",
    ),
    EvidenceKind(
        DUMP,
        "a dump shows goroutines that stay",
        "a dump shows goroutines that come and go",
        "a dump in which most goroutines are younger than a quarter of the growth",
        "a dump in which most of its goroutines have waited for longer than a quarter of the growth",
    ),
    EvidenceKind(
        PROOF,
        "the runtime itself calls these goroutines leaked",
        "the runtime does not call these goroutines leaked",
        "nothing but its end: a proof stands until the goroutines are gone",
        "a goroutineleak profile that names it",
    ),
    EvidenceKind(
        SERVING,
        "it does not serve requests",
        Hold.SERVING.value,
        "requests that are answered again after what they waited for was slow",
        "growth that outlasts a slow dependency",
    ),
    EvidenceKind(
        CALLING,
        "it does not wait for another service",
        Hold.CALLING.value,
        "answers that come again after what was called was slow",
        "growth that outlasts a slow dependency",
    ),
    EvidenceKind(
        DEMAND,
        "it does not wait for the peer of an accepted connection",
        Hold.DEMAND.value,
        "connections that are closed again by their peers",
        "growth that outlasts a wave of connections, or a dump in which its goroutines stay",
    ),
)

KINDS: tuple[EvidenceKind, ...] = (
    *(EvidenceKind(asked.name, asked.holds, asked.fails, *_ENDINGS[asked.name]) for asked in QUESTIONS),
    *_OTHERS,
)
KIND_OF = {kind.name: kind for kind in KINDS}
