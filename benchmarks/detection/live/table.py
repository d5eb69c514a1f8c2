"""What is found in the live corpus, and what each signal alone would have found: one table for people.

`python -m benchmarks.detection.live.table FOLDER/1.27.3 FOLDER/1.23.9` replays what `record` made, once with the usual
profiles alone and once with everything, and writes benchmarks/RESULTS.md.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median

from benchmarks.detection.live.compare import Row, compare
from benchmarks.detection.live.fleet import ReplayError, find_recordings, replay
from benchmarks.detection.live.keep import Truth
from benchmarks.results import machine, publish
from schemas.model import Kind

_HEAD = "| pattern | calls | grew | growth: scrapes | `goroutineleak` | waits | verdict | reports | fixed twin |"
_RULE = "|---|---|---|---|---|---|---|---|---|"
_SUMMARY_HEAD = (
    "| Go | programs that grew | found | led aside | median delay, scrapes | by growth alone | by `goroutineleak` alone"
    " | by waits alone | reports of one | fixed twins silent | proven on one | other stacks that fired |"
)
_SUMMARY_RULE = "|---|---|---|---|---|---|---|---|---|---|---|---|"


_TEXT = """## detection/live/table.py: leaks in running programs

Programs that were called for {minutes} minutes and scraped every {interval:g} s by `python -m
benchmarks.detection.live.record`, replayed with benchmarks/detection/live/replay.yml by `python -m
benchmarks.detection.live.table`; {machine}.

*grew*: goroutines of the stacks that the pattern leaves, when the calls began and at the end. *growth*: scrapes from
the first call until one of them fires, from the usual profiles alone. *goroutineleak*: their goroutines in the
runtime's last leak profile. *waits*: the longest wait in a text dump, where one waits as long as the pattern has been
called, less three minutes. *verdict* and *reports*, the stacks of the leak that fired: with everything recorded. *led
aside*: only stacks fired that grow with the leak, such as the other ends of its connections.
"""


def read_rows(folder: Path) -> tuple[Row, ...]:
    """Give a row for each recording of one version of Go, in the order of names; raises ReplayError."""
    growth = replay(folder, {Kind.GOROUTINE})
    everything = replay(folder, set(Kind))
    return tuple(compare(path, Truth.read(path), growth, everything) for path in find_recordings(folder))


def summarise(name: str, rows: Sequence[Row]) -> str:
    """Give the line of one family of programs, run with one version of Go."""
    grew = [row for row in rows if row.truth.leaks and row.grew]
    fixed = [row for row in rows if not row.truth.leaks]
    delays = [row.found.delay_scrapes for row in grew if row.found.delay_scrapes is not None]
    cells = (
        name,
        len(grew),
        len(delays),
        sum(bool(row.aside.verdict and not row.found.verdict) for row in grew),
        f"{median(delays):.0f}" if delays else "-",
        sum(row.by_growth.delay_scrapes is not None for row in grew),
        sum(row.proof.expected > 0 for row in grew) if any(row.proof.profiles for row in grew) else "none there",
        sum(row.waits.waited is not None for row in grew),
        f"{sum(row.reports for row in grew) / len(delays):.1f}" if delays else "-",
        f"{sum(not row.others for row in fixed)} of {len(fixed)}" if fixed else "-",
        sum(row.proven for row in fixed) if fixed else "-",
        sum(len(row.others) for row in rows if row.truth.leaks),
    )
    return f"| {' | '.join(map(str, cells))} |"


def describe(row: Row, fixed: Row | None) -> str:
    """Give the line of one pattern, its fixed twin beside it."""
    delay = row.by_growth.delay_scrapes
    proof = f"{row.proof.expected:,}" if row.proof.profiles else "-"
    waits = f"{row.waits.waited} of {row.waits.age} min" if row.waits.waited is not None else "no"
    aside = f"{row.aside.verdict}, led by what grows with it" if row.aside.verdict else "not found"
    verdict = row.found.verdict or aside
    twin = "-" if fixed is None else ", ".join(fixed.others) or "silent"
    cells = (
        f"{row.truth.pattern.id} {row.truth.pattern.name}",
        f"{row.truth.calls:,}",
        f"{row.growth.before:,} → {row.growth.after:,}",
        "no" if delay is None else delay,
        proof,
        waits,
        f"{verdict}{'; also ' + ', '.join(row.others) if row.others else ''}",
        row.reports,
        twin,
    )
    return f"| {' | '.join(map(str, cells))} |"


def tell(version: str, rows: Sequence[Row]) -> Iterator[str]:
    """Give the table of one version of Go; the programs of its tree are many, and folded."""
    yield from (f"### Go {version}", "", *tabulate(row for row in rows if not row.truth.pattern.of_the_tree), "")
    if tree := [row for row in rows if row.truth.pattern.of_the_tree]:
        yield from (f"<details><summary>{len(tree)} programs of the Go tree</summary>", "", *tabulate(tree), "")
        yield from ("</details>", "")


def tabulate(rows: Iterable[Row]) -> Iterator[str]:
    """Give a line for each pattern under its headings."""
    by_name = {(row.truth.pattern.id, row.truth.twin): row for row in rows}
    yield from (_HEAD, _RULE)
    for (pattern, twin), row in by_name.items():
        if twin == "leaky":
            yield describe(row, by_name.get((pattern, "fixed")))


def summarise_all(version: str, rows: Iterable[Row]) -> Iterator[str]:
    """Give a line for the patterns and one for the programs of the Go tree, where there are any."""
    families: dict[bool, list[Row]] = {}
    for row in rows:
        families.setdefault(row.truth.pattern.of_the_tree, []).append(row)
    for of_the_tree, family in sorted(families.items()):
        yield summarise(f"{version}, {'its tree' if of_the_tree else 'patterns'}", family)


def write(found: Mapping[str, Sequence[Row]]) -> str:
    """Give the whole section."""
    truths = [row.truth for rows in found.values() for row in rows]
    minutes = max(round((truth.ended - truth.calls_began).total_seconds() / 60) for truth in truths)
    lines = [
        _TEXT.format(minutes=minutes, interval=truths[0].interval_seconds, machine=machine()),
        _SUMMARY_HEAD,
        _SUMMARY_RULE,
        *(line for version, rows in found.items() for line in summarise_all(version, rows)),
        "",
        *(line for version, rows in found.items() for line in tell(version, rows)),
        _explain_waits(found),
    ]
    return "\n".join(lines) + "\n"


def _explain_waits(found: Mapping[str, Sequence[Row]]) -> str:
    """Say what waiting alone would accuse where nothing leaks."""
    accused = [row.waits.others for rows in found.values() for row in rows if not row.truth.leaks]
    mean = sum(accused) / len(accused) if accused else 0.0
    return f"Waiting alone accuses {mean:.1f} stacks of a fixed twin in the mean: helpers that have nothing to do."


def main() -> int:
    """Replay, compare, publish."""
    parser = argparse.ArgumentParser(description="Compare what is found in recordings of the live corpus.")
    parser.add_argument("folders", type=Path, nargs="+", help="a folder of recordings for each version of Go")
    folders = parser.parse_args().folders
    try:
        publish(write({folder.name: read_rows(folder) for folder in folders}))
    except ReplayError as error:
        sys.stderr.write(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
