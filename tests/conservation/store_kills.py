"""Kills the writer of a store with SIGKILL, in migrations and in inserts, and asks what became of its rows.

    python -m tests.conservation.store_kills --rounds 50 --seed 7

A round is a story written into a new database by processes that are killed once or twice, each going on where the one
before was acknowledged; the last one is left alone. Nothing that was acknowledged may be lost, no view may differ from
the undisturbed story, no table may be damaged, and every start must be clean. The seed repeats the moments.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import rmtree
from threading import Timer

from tests.conservation.store_story import say

ROOT = Path(__file__).parents[2]
_LONGEST = {"opened": 1.2, "migrated": 1.0}
"""Seconds that migrations and inserts take, generously: some kills come after the end of what they aim at."""


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: so long after the process said a word."""

    after: str
    seconds: float


@dataclass
class Round:
    """One story: the first block that is not acknowledged, what went wrong, and at what the kills struck."""

    database: str
    first: int = 0
    violations: list[str] = field(default_factory=list)
    struck: Counter[str] = field(default_factory=Counter)

    def run(self, folder: Path, moment: Moment | None) -> None:
        """Run a process on the story until it ends or is killed."""
        command = [sys.executable, "-m", "tests.conservation.store_story", str(folder), self.database, str(self.first)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            if process.stdout is None or process.stderr is None:
                raise AssertionError("both are pipes")
            last, timer = "", None
            for line in process.stdout:
                last = line.strip()
                if moment is not None and last == moment.after:
                    timer = Timer(moment.seconds, process.kill)
                    timer.start()
                self._hear(last)
            problem = process.stderr.read()
            if timer is not None:
                timer.cancel()
        killed = process.returncode < 0 and moment is not None
        self.struck[_name(last) if killed else "left alone" if moment is None else "too late"] += 1
        if not killed and (process.returncode, last) != (0, "ended"):
            self.violations.append(f"a start was not clean: exit code {process.returncode}, {last!r}, {problem[-400:]}")

    def _hear(self, line: str) -> None:
        """Take in what the process says."""
        word, _, rest = line.partition(" ")
        if word == "ack":
            self.first = int(rest) + 1
        elif word == "wrong":
            self.violations.append(rest)


def _name(last: str) -> str:
    """Say what a process was at when it died, by the last word it said."""
    at = {"": "starting", "opened": "migrating", "migrated": "inserting", "written": "comparing"}
    return at.get(last, "inserting" if last.startswith("ack") else "ending")


def choose_moments(rounds: int, seed: int) -> list[tuple[Moment, ...]]:
    """Give the same moments for the same seed: one or two kills a round."""
    chance = random.Random(seed)  # noqa: S311 a schedule of deaths, printed to be repeated

    def moment() -> Moment:
        after = chance.choice(tuple(_LONGEST))
        return Moment(after, chance.uniform(0.0, _LONGEST[after]))

    return [tuple(moment() for _ in range(chance.choice((1, 2)))) for _ in range(rounds)]


def run(rounds: int, seed: int, folder: Path) -> tuple[list[str], Counter[str]]:
    """Run all rounds on one folder; give the violations, and how many kills struck at what."""
    violations: list[str] = []
    struck: Counter[str] = Counter()
    Round("story_0").run(folder, None)  # makes the undisturbed story, which nobody may disturb
    for number, moments in enumerate(choose_moments(rounds, seed), 1):
        story = Round(f"story_{number}")
        for moment in (*moments, None):
            story.run(folder, moment)
            if story.struck["too late"]:
                break
        struck.update(story.struck)
        violations += [f"round {number}: {violation}" for violation in story.violations]
        say(f"round {number}: {', '.join(story.struck)}{' '.join(['', *story.violations])}")
    return violations, struck


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments and run; 1 when anything was violated."""
    parser = argparse.ArgumentParser(description="kill the writer of a store again and again, then look at the store")
    parser.add_argument("--rounds", type=int, default=50, help="how often  [default: 50]")
    parser.add_argument("--seed", type=int, default=1, help="repeats the moments  [default: 1]")
    chosen = parser.parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="leakstream-store-kills-"))
    violations, struck = run(chosen.rounds, chosen.seed, folder / "store")
    say(f"struck: {', '.join(f'{number} {what}' for what, number in struck.most_common())}")
    say("\n  ".join([f"{chosen.rounds} rounds, {len(violations)} violations", *violations]))
    if violations:
        say(f"kept in {folder}")
    else:
        rmtree(folder)
    return int(bool(violations))


if __name__ == "__main__":
    sys.exit(main())
