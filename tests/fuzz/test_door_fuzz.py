"""The fuzzer of the door itself: it repeats, it notices, and a few seconds of it find nothing."""

from pathlib import Path

from tests.fuzz.door import fuzz
from tests.fuzz.door_grammar import Lures, Maker, Words
from tests.fuzz.watch import Watch

WORDS = Words(
    ("file", "length"), ("url", "numbers"), ("CSV",), ("readonly",), ("SELECT",), ("system.one",), ("String",)
)
LURES = Lures("/canary.csv", "/target.csv", 1)


def test_seed_repeats_the_statements() -> None:
    """The same number gives the same, another one others."""
    once, again, other = (Maker(WORDS, LURES, seed) for seed in (1, 1, 2))
    made = [(once(), once.address()) for _ in range(50)]
    assert made == [(again(), again.address()) for _ in range(50)]
    assert made != [(other(), other.address()) for _ in range(50)]


def test_watch_sees_every_touch(tmp_path: Path) -> None:
    """Reading, writing and making files, and nothing where nothing was."""
    canary = tmp_path / "canary.csv"
    canary.write_text("x")
    watch = Watch.begin(tmp_path)
    assert watch.take() == ()
    canary.read_text()
    seen = watch.take()
    (tmp_path / "target.csv").touch()
    canary.unlink()
    later = watch.take()
    watch.close()
    assert (seen, "target.csv made" in later, "canary.csv deleted" in later) == (
        ("canary.csv opened", "canary.csv read"),
        True,
        True,
    )


def test_a_few_seconds_find_nothing() -> None:
    """`python -m tests.fuzz.door --minutes 10` goes on for longer."""
    campaign, said = fuzz(5.0, 7, 2)
    assert (campaign.findings, campaign.outcomes.total() > 0, said["error"]) == ([], True, "")
