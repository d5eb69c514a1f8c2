"""The twelve questions that people ask of a leak, in the order in which they ask them."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its key in JSON, its words, and the label of its answer on a screen."""

    key: str
    words: str
    label: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Sentences, the most urgent first, never none; and the same as data for programs."""

    sentences: tuple[str, ...]
    data: Mapping[str, object] = field(default_factory=dict)


QUESTIONS = (
    Asked("leak_or_load", "Is it a leak or load?", "leak or load"),
    Asked("which_stack", "Which stack grows?", "which stack"),
    Asked("since_when", "Since when, and which deploy?", "since when"),
    Asked("which_instances", "Which instances? All or some?", "which instances"),
    Asked("how_fast", "How fast, and when does it end?", "how fast"),
    Asked("blocked_on", "What is it blocked on, and for how long?", "blocked on"),
    Asked("created_by", "Who created it?", "created by"),
    Asked("whose_code", "Whose code, and which commit?", "whose code"),
    Asked("seen_before", "Is it known, or back again?", "seen before"),
    Asked("what_to_do", "What do I do now?", "what to do"),
    Asked("trust", "Can I trust this?", "trust"),
    Asked("evidence", "What is kept for the post-mortem?", "evidence"),
)
