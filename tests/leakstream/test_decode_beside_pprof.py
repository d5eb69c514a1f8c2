"""`leakstream decode` beside `go tool pprof`, on real profiles of every example program; and calm about their ruins."""

import gzip
import json
import random
import re
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from examples.build import EXAMPLES, GO, go_environment
from processors.decode import decode
from processors.fingerprint import fingerprint
from processors.normalise import normalise
from schemas.raw_stack import RawStack, make_frames
from tests.test_examples import running

PROGRAMS = sorted(str(path.parent.relative_to(EXAMPLES)) for path in EXAMPLES.glob("*/*/main.go"))
PROFILES_EACH = 3
LONGEST_SECONDS = 120
Trace = tuple[int, tuple[str, ...], tuple[tuple[str, str], ...]]
"""What one sample says: goroutines, frames leaf first, labels sorted."""


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Path]]:
    """Some profiles of each example program, as its pprof listener serves them."""
    folder = tmp_path_factory.mktemp("profiles")
    return {program: list(take_profiles(program, folder)) for program in PROGRAMS}


def take_profiles(program: str, folder: Path, most: int = PROFILES_EACH) -> Iterator[Path]:
    """Run a program, take its profile a few times, one request after another."""
    with running(program, 200, folder) as address:
        for number in range(most):
            url = f"http://{address}/debug/pprof/goroutine?debug=0"
            with urllib.request.urlopen(url, timeout=10) as answer:
                path = folder / f"{program.replace('/', '-')}-{number}.pb.gz"
                path.write_bytes(answer.read())
            yield path


@cache
def pprof(report: str, profile: Path) -> str:
    """Run `go tool pprof`, which Go builds from its own sources where it brings no binary of it."""
    command = [str(GO), "tool", "pprof", report, "-sample_index=0", str(profile)]
    environment = {**go_environment(profile.parent), "PPROF_TMPDIR": str(profile.parent)}
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def total_of(top: str) -> int:
    """Read the total of a -top report.

    Example input: Showing nodes accounting for 9, 90.00% of 10 total
    Example output: 10
    """
    found = re.search(r"^Showing nodes accounting for .* of (\d+) total$", top, re.MULTILINE)
    assert found, top
    return int(found[1])


def traces_of(report: str) -> list[Trace]:
    """Read the blocks of a -traces report: labels `key: value`, then the count with the leaf, then a frame a line."""
    _, *blocks, _ = re.split(r"^-----------\+-+$", report, flags=re.MULTILINE)
    return sorted(read_block(block) for block in blocks)


def read_block(block: str) -> Trace:
    """Read one block."""
    lines = [line.strip() for line in block.strip().splitlines()]
    start = next(number for number, line in enumerate(lines) if re.match(r"\d+   ", line))
    labels = (re.split(r":\s+", line, maxsplit=1) for line in lines[:start])
    count, leaf = lines[start].split(maxsplit=1)
    frames = (line.removesuffix(" (inline)") for line in (leaf, *lines[start + 1 :]))
    return int(count), tuple(frames), tuple(sorted((key, value) for key, value in labels))


def ours(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run `leakstream decode` as a person does."""
    command = [sys.executable, "-m", "leakstream", "decode", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=LONGEST_SECONDS)


def rows_of(profile: Path) -> list[dict[str, object]]:
    """Give what `decode` says of a profile, which must be without a problem."""
    ran = ours("--output", "json", str(profile))
    assert (ran.returncode, ran.stderr) == (0, b"")
    return [json.loads(line) for line in ran.stdout.splitlines()]


@pytest.mark.integration
@pytest.mark.parametrize("program", PROGRAMS)
def test_totals_are_those_of_pprof(program: str, profiles: dict[str, list[Path]]) -> None:
    """Goroutines with a stack and without one add up to the total that `go tool pprof -top` shows."""
    seen = [sum(int(str(row["count"])) for row in rows_of(path)) for path in profiles[program]]
    assert seen == [total_of(pprof("-top", path)) for path in profiles[program]]


@pytest.mark.integration
@pytest.mark.parametrize("program", PROGRAMS)
def test_stacks_are_those_of_pprof(program: str, profiles: dict[str, list[Path]]) -> None:
    """Before normalising: each sample that `go tool pprof -traces` shows, with its count, frames and labels."""
    for path in profiles[program]:
        found = [
            (s.count, tuple(frame.function for frame in s.frames), tuple(sorted(s.labels.items())))
            for s in decode(path.read_bytes()).stacks
        ]
        assert sorted(found) == traces_of(pprof("-traces", path))


@pytest.mark.integration
@pytest.mark.parametrize("program", PROGRAMS)
def test_stacks_merge_by_fingerprint_and_nothing_else_happens_to_them(
    program: str, profiles: dict[str, list[Path]]
) -> None:
    """What pprof shows as several stacks is one row where labels, lines or type parameters alone tell them apart."""
    for path in profiles[program]:
        merged: Counter[str] = Counter()
        for count, frames, _ in traces_of(pprof("-traces", path)):
            merged[str(fingerprint(normalise(RawStack(make_frames(frames), count))))] += count
        assert merged == {str(row["fingerprint"]): row["count"] for row in rows_of(path) if row["frames"]}


def has_settled(profile: Path) -> bool:
    """Say whether every goroutine has a stack: one that just began has none, and no label either."""
    return decode(profile.read_bytes()).unlocated == 0


@pytest.mark.integration
def test_labels_and_stacks_without_user_code_are_among_the_profiles(tmp_path: Path) -> None:
    """The other tests mean something: labelled samples that merge, and a stack of runtime and sync frames alone."""
    first = next(path for path in take_profiles("healthy/labelled-tenants", tmp_path, most=1_000) if has_settled(path))
    traces = traces_of(pprof("-traces", first))
    labelled = [trace for trace in traces if trace[2]]
    rows = {
        str(row["operation"]): row for row in rows_of(first) if row["count"] == 15 or row["operation"] == "wait group"
    }
    assert (len(labelled), {count for count, _, _ in labelled}) == (5, {3})
    assert (rows["chan receive"]["count"], rows["chan receive"]["labels"]) == (15, {"tier": "gold"})
    assert (rows["wait group"]["count"], rows["wait group"]["origin"]) == (1, "sync.(*WaitGroup).Wait")


def ruins(profile: bytes, chance: random.Random) -> Iterator[bytes]:
    """Give what may become of a profile: cut at every 50th byte, or with a bit turned, gzip or not; and plain noise."""
    for body in (profile, gzip.decompress(profile)):
        yield from (body[:length] for length in range(0, len(body), 50))
        for _ in range(150):
            damaged = bytearray(body)
            damaged[chance.randrange(len(body))] ^= 1 << chance.randrange(8)
            yield bytes(damaged)
    for _ in range(100):
        yield chance.randbytes(chance.randrange(2000))
        yield gzip.compress(chance.randbytes(chance.randrange(2000)))


@pytest.mark.integration
@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("output", ["text", "json"])
def test_ruins_of_a_profile_never_show_a_traceback(
    program: str, output: str, profiles: dict[str, list[Path]], tmp_path: Path
) -> None:
    """Each costs itself only: its problem is a line that begins with its name, and the whole profile is still shown."""
    [first, *_] = profiles[program]
    chance = random.Random(program)  # noqa: S311 which bits are turned; the name of the test repeats it
    names = []
    for number, ruin in enumerate(ruins(first.read_bytes(), chance)):
        names.append(tmp_path / f"{number}.pb.gz")
        names[-1].write_bytes(ruin)
    ran = ours("--output", output, *map(str, names), str(first))
    strays = [line for line in ran.stderr.decode().splitlines() if not line.startswith(f"{tmp_path}/")]
    assert (ran.returncode, strays, len(names) > 400) == (0, [], True)
    if output == "json":
        rows = {row["fingerprint"] for line in ran.stdout.splitlines() for row in [json.loads(line)]}
        assert rows >= {row["fingerprint"] for row in rows_of(first)}


@pytest.mark.integration
@pytest.mark.parametrize("seed", range(4))
def test_ruin_alone_on_stdin_ends_with_its_reason(seed: int, profiles: dict[str, list[Path]]) -> None:
    """With nothing beside it there is an exit code, a line a problem, and no traceback."""
    [first, *_] = profiles["leaks/forgotten-receiver"]
    chance = random.Random(seed)  # noqa: S311 which ruins are tried; the name of the test repeats it
    for ruin in chance.sample(list(ruins(first.read_bytes(), chance)), 5):
        ran = ours("-", stdin=ruin)
        strays = [line for line in ran.stderr.decode().splitlines() if not line.startswith("-: ")]
        assert (ran.returncode in (0, 1), strays, bool(ran.stderr) or ran.returncode == 0) == (True, [], True)
