"""What every build of the matrix shows: the same program has the same fingerprints."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

import pytest

from processors.fingerprint import fingerprint
from processors.normalise import normalise
from schemas.raw_stack import RawStack
from tests.golden.cases import EXCEPTIONS, FOLDER, SAME_PATH, read_stacks
from tests.golden.toolchains import BUILDS, FLAGS, VERSIONS, Build

KEPT = 0.99
"""The share of goroutines that must keep their fingerprint over every pair of builds."""

Case = tuple[str, int]


def count_cases(stacks: Iterable[RawStack]) -> Counter[Case]:
    """Count goroutines by case and fingerprint; the main goroutine has no case and writes the profile."""
    counts: Counter[Case] = Counter()
    for stack in stacks:
        if stack.labels["case"]:
            counts[stack.labels["case"], fingerprint(normalise(stack)).value] += stack.count
    return counts


@lru_cache
def committed(build: Build) -> Counter[Case]:
    """Give what the committed files of a build say."""
    return count_cases(read_stacks(FOLDER / f"{build}.jsonl.gz"))


def compare(one: Counter[Case], other: Counter[Case]) -> tuple[float, set[str]]:
    """Give the share of goroutines that keep their fingerprint, and the cases of the rest; cases of both only."""
    both = {case for case, _ in one} & {case for case, _ in other}
    left = Counter({key: count for key, count in one.items() if key[0] in both})
    right = Counter({key: count for key, count in other.items() if key[0] in both})
    changed = (left - right) | (right - left)
    return (left & right).total() / max(left.total(), right.total()), {case for case, _ in changed}


def minor(version: str) -> int:
    """Give 27 of 1.27.3."""
    return int(version.split(".")[1])


def listed(one: Build, other: Build) -> set[str]:
    """Give the cases that may change between two builds."""
    versions = sorted((minor(one.version), minor(other.version)))
    return {change.case for change in EXCEPTIONS if versions[0] < minor(change.since) <= versions[1]}


@pytest.mark.parametrize("version", VERSIONS)
def test_goroutines_keep_their_fingerprint_over_every_pair_of_builds(version: str) -> None:
    """At least 99 % do, between this Go and every other one, with every set of flags; each exception is listed."""
    for one, other in combinations(BUILDS, 2):
        if version in (one.version, other.version):
            kept, changed = compare(committed(one), committed(other))
            assert (kept >= KEPT, changed) == (True, listed(one, other)), f"{one} {other}: {kept:.4f}"


def test_two_cases_share_a_fingerprint_only_where_they_are_one_path() -> None:
    """In every build, different ways through the code have different fingerprints."""
    for build in BUILDS:
        cases: dict[int, set[str]] = {}
        for case, value in committed(build):
            cases.setdefault(value, set()).add(case)
        shared = {frozenset(names) for names in cases.values() if len(names) > 1}
        assert {names for names in shared if not any(names <= path for path in SAME_PATH)} == set(), str(build)


def test_goroutines_of_one_function_are_told_apart() -> None:
    """Closures of one function, and producer and consumer, are different paths."""
    for build in BUILDS:
        counts = committed(build)
        found = {case: len({value for name, value in counts if name == case}) for case in ("closure-siblings", "once")}
        assert found == {"closure-siblings": 3, "once": 2}, str(build)


def test_there_is_a_case_for_every_build() -> None:
    """Seven versions of Go, five sets of flags."""
    names = {path.name.removesuffix(".jsonl.gz") for path in FOLDER.glob("*.jsonl.gz")}
    assert names == {f"{version}-{flags}" for version in VERSIONS for flags in FLAGS}
