"""What debug=0, debug=1 and debug=2 of one parked process agree on, committed and freshly built."""

import gzip
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from processors.decode import decode
from processors.fingerprint import fingerprint
from processors.normalise import normalise
from schemas.model import Fingerprint
from tests.golden.cases import EXCEPTIONS, FOLDER, read_stacks
from tests.golden.test_matrix import committed, compare, count_cases, minor
from tests.golden.toolchains import MATRIX, PINNED, VERSIONS, Build, build_matrix, dump_profiles

Names = tuple[str, ...]


def count_text(data: bytes) -> Counter[Fingerprint]:
    """Count the goroutines of a text dump by fingerprint."""
    decoded = decode(data)
    assert decoded.problems == ()
    counts: Counter[Fingerprint] = Counter()
    for stack in decoded.stacks:
        counts[fingerprint(normalise(stack))] += stack.count
    return counts


def count_committed(version: str) -> Counter[Fingerprint]:
    """Count the goroutines of a committed debug=0 profile by fingerprint."""
    counts: Counter[Fingerprint] = Counter()
    for stack in read_stacks(FOLDER / f"{version}-plain.jsonl.gz"):
        counts[fingerprint(normalise(stack))] += stack.count
    return counts


def by_frames(counts: Counter[Fingerprint]) -> Counter[Names]:
    """Count by frames alone."""
    found: Counter[Names] = Counter()
    for name, count in counts.items():
        found[name.frames] += count
    return found


def too_deep(version: str, name: Fingerprint) -> bool:
    """Tell whether a stack is the one that this Go cuts in debug=0."""
    deep = name.site == "main.descend"
    return deep and any(change.case == "deep" and minor(version) < minor(change.since) for change in EXCEPTIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_profile_and_dump_give_the_same_fingerprints_operations_and_counts(version: str) -> None:
    """The frames of debug=0 and the header's words of debug=2 lead to one name."""
    dump = count_text(gzip.decompress((FOLDER / f"{version}-plain.debug2.txt.gz").read_bytes()))
    profile = count_committed(version)
    differing = (dump - profile) + (profile - dump)
    assert {str(name): name.frames for name in differing if not too_deep(version, name)} == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_profile_and_counts_give_the_same_frames(version: str) -> None:
    """debug=1 hides what a goroutine waits on in the runtime, but not its path."""
    text = by_frames(count_text(gzip.decompress((FOLDER / f"{version}-plain.debug1.txt.gz").read_bytes())))
    profile = by_frames(count_committed(version))
    assert {names for names in (text - profile) + (profile - text) if names[0] != "main.descend"} == set()


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dumps of the program with lines written above every function, built with the Go of the environment."""
    folder = tmp_path_factory.mktemp("edited")
    sources = folder / "src"
    shutil.copytree(MATRIX, sources)
    for source in sources.rglob("*.go"):
        text = re.sub(r"(?m)^(//go:noinline\n)?func ", r"// a line\n\n// and another\n\n\1func ", source.read_text())
        source.write_text(text)
    (folder / "bin").mkdir()
    binary = build_matrix(Build(PINNED, "plain"), sources, folder / "bin" / "matrix")
    return dump_profiles(binary, folder / "dumps")


@pytest.mark.integration
def test_lines_written_above_functions_change_no_fingerprint(edited: Path) -> None:
    """A fresh build of edited sources has the fingerprints of the committed build."""
    decoded = decode((edited / "debug0").read_bytes())
    fresh = count_cases(stack for stack in decoded.stacks if stack.labels.get("case"))
    assert compare(fresh, committed(Build(PINNED, "plain"))) == (1.0, set())


@pytest.mark.integration
def test_fresh_process_gives_the_same_on_both_roads(edited: Path) -> None:
    """debug=0 and debug=2 of one run agree."""
    profile, dump = (count_text((edited / name).read_bytes()) for name in ("debug0", "debug2"))
    assert (dump - profile) + (profile - dump) == Counter()
