"""Drives every role as separate processes through random faults, then asks what became of each profile.

    python -m tests.conservation.torture --rounds 200 --seed 1

A round is one fault and its mending. Rounds are run in lots, each on a new broker and a new store; after each lot the
whole drains, and three things are asked: is every profile that was served in the log (ledger.py), does the store hold
what an undisturbed run over that log stores (oracle.py), and is there a ticket for every leak that fires. The seed of
a lot is printed first, so that it can be repeated alone: `--seed N --rounds 20 --lot 20`.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from shutil import rmtree

from tests.conservation.crew import Crew
from tests.conservation.lot import Lot
from tests.conservation.schedule import plan_faults
from tests.conservation.settle import make_topics, settle, wait_for_processors
from tests.conservation.verdict import Verdict, judge_lot

LOT_ROUNDS = 20
_FIRST_SECONDS = 3.0
BROKEN = "tests.conservation.broken"


def run_lot(folder: Path, seed: int, rounds: int, *, module: str, only: frozenset[str]) -> Verdict:
    """Run some rounds on new engines, let everything drain, and judge."""
    lot = Lot(Crew(folder, module))
    try:
        lot.crew.start_base()
        make_topics(lot.crew)
        lot.crew.start_roles()
        wait_for_processors(lot.crew)
        time.sleep(_FIRST_SECONDS)
        for fault in plan_faults(seed, rounds, only=only):
            lot.meet(fault)
        return judge_lot(lot, [*lot.problems, *settle(lot.crew)])
    finally:
        lot.crew.close()


def run(given: argparse.Namespace) -> int:
    """Run all rounds, lot by lot; give the number of violations."""
    module, only = BROKEN if given.broken else "leakstream", frozenset(given.only)
    total: Counter[str] = Counter()
    violations = 0
    for number, start in enumerate(range(0, given.rounds, given.lot)):
        count = min(given.lot, given.rounds - start)
        say(f"lot {number + 1}: seed {given.seed + number}, {count} rounds")
        folder = Path(tempfile.mkdtemp(prefix="torture-"))
        verdict = run_lot(folder, given.seed + number, count, module=module, only=only)
        total.update(verdict.figures)
        violations += len(verdict.violations)
        for sentence in verdict.violations:
            say(f"  VIOLATION {sentence[:600]}")
        say(f"  {verdict}")
        if given.keep or verdict.violations:
            say(f"  kept in {folder}")
        else:
            rmtree(folder, ignore_errors=True)
    say(
        f"{given.rounds} rounds, {violations} violations; "
        + ", ".join(f"{n} {what}" for what, n in sorted(total.items()))
    )
    return violations


def say(sentence: str) -> None:
    """Print at once."""
    sys.stdout.write(sentence + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the arguments and run; 1 when anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=LOT_ROUNDS)
    parser.add_argument("--lot", type=int, default=LOT_ROUNDS, help="rounds on one broker and store")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append", default=[], help="this kind of fault alone; several times")
    parser.add_argument("--broken", action="store_true", help="a build that commits before it writes: must be caught")
    parser.add_argument("--keep", action="store_true", help="keep the folders")
    return int(run(parser.parse_args(arguments)) > 0)


if __name__ == "__main__":
    sys.exit(main())
