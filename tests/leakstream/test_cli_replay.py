"""`leakstream replay`: recorded profiles through the whole pipeline, the same lines every time."""

import io
import json
import re
import tarfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from leakstream.cli import main
from processors.fingerprint import fingerprint
from schemas.model import Stack
from tests.pprof_maker import make_profile
from tests.processors.fleet import BEGIN, PARKING

SLOTS = 130
LEAK = fingerprint(Stack(("main.leak", "main.main"), 1, "chan send"))


def replay(path: Path, *options: str) -> Result:
    """Run the command on a path."""
    return CliRunner().invoke(main, ["replay", "--output", "json", *options, str(path)])


def rows(result: Result) -> list[dict[str, object]]:
    """Read one JSON object a line."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def samples(slot: int) -> bytes:
    """Make the profile of a slot: a stack that grows by two, and one that stays."""
    counts = {"main.leak": 2 * slot, "main.work": 30}
    return make_profile([((*PARKING, name, "main.main"), count) for name, count in counts.items() if count])


def line(slot: int, seconds: float = 0.0, **changes: object) -> dict[str, object]:
    """Give the line of a manifest for a slot of a minute, some seconds into it."""
    time = (BEGIN + timedelta(minutes=slot, seconds=seconds)).isoformat()
    said = {"time": time, "service": "checkout", "instance": "a:1", "labels": {"version": "v41"}}
    return {**said, "profile": f"profiles/{slot}.pb.gz", **changes}


def record(folder: Path, lines: Sequence[Mapping[str, object]]) -> Path:
    """Write a recording of a leak."""
    (folder / "profiles").mkdir(parents=True)
    for slot in range(SLOTS):
        (folder / "profiles" / f"{slot}.pb.gz").write_bytes(samples(slot))
    (folder / "manifest.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    return folder


def test_leak_goes_from_pending_to_firing(tmp_path: Path) -> None:
    """Each change of state is a line with everything the contract names; the last line on stderr says how much."""
    result = replay(record(tmp_path / "r", [line(slot) for slot in range(SLOTS)]))
    found = rows(result)
    first = found[0]
    names = "time service fingerprint site operation state verdict reason growth_per_hour growth_low growth_high"
    names += " goroutines instances growing_instances first_version frames findings change_mind"
    assert list(first) == names.split()
    assert [(row["state"], row["verdict"]) for row in found][:2] == [("pending", "suspect"), ("firing", "probable")]
    assert {row["fingerprint"] for row in found} == {str(LEAK)}
    assert (first["service"], first["first_version"], first["frames"]) == (
        "checkout",
        "v41",
        ["main.leak", "main.main"],
    )
    assert 100 < float(str(found[1]["growth_per_hour"])) < 140
    assert re.fullmatch(r"130 profiles, 0 failed, 0 dropped, [\d.]+ seconds, \d+ profiles/s", result.stderr.strip())
    assert result.exit_code == 0


def test_folder_tar_and_plain_names_give_the_same_lines(tmp_path: Path) -> None:
    """The form of a recording is no part of what it says, and neither is when it is replayed."""
    lines = [line(slot, labels={}) for slot in range(SLOTS)]
    folder = record(tmp_path / "r", lines)
    with tarfile.open(tmp_path / "r.tar", "w") as tar:
        tar.add(folder, "recorded")
    named = tmp_path / "named" / "checkout" / "a:1"
    named.mkdir(parents=True)
    for slot in range(SLOTS):
        at = round((BEGIN + timedelta(minutes=slot)).timestamp() * 1000)
        (named / f"{at}.pb.gz").write_bytes(samples(slot))
    paths = (folder, folder, tmp_path / "r.tar", tmp_path / "named")
    assert len({replay(path).stdout for path in paths}) == 1


def test_jitter_and_gaps_change_no_state(tmp_path: Path) -> None:
    """Scrapes are late by seconds and some fail; the interval is still a minute, and the same stack fires."""
    lines = [line(slot, seconds=20 + (slot * 7) % 5) for slot in range(SLOTS)]
    for slot in (20, 21, 50):
        del lines[slot]["profile"]
        lines[slot]["error"] = "connection refused"
    result = replay(record(tmp_path / "r", lines))
    assert [row["state"] for row in rows(result)][:2] == ["pending", "firing"]
    assert {str(row["time"])[-8:] for row in rows(result)} == {":00.000Z"}
    assert result.stderr.startswith("127 profiles, 3 failed, 0 dropped, ")


def test_bad_lines_cost_themselves_only(tmp_path: Path) -> None:
    """Each is told with its place and quoted; a file that is missing or lies elsewhere is a failed scrape."""
    folder = record(tmp_path / "r", [line(slot) for slot in range(SLOTS)])
    manifest = folder / "manifest.jsonl"
    extra = [line(SLOTS, profile="../secret"), line(SLOTS + 1, profile="/etc/passwd"), line(SLOTS + 2, profile="none")]
    more = "".join(json.dumps(each) + "\n" for each in extra)
    manifest.write_text("{}\nnonsense\n" + manifest.read_text() + more + json.dumps({"time": "x"}) + "\n")
    (tmp_path / "secret").write_bytes(samples(3))
    result = replay(folder)
    *told, last = result.stderr.splitlines()
    assert [text.split(": ")[:2] for text in told] == [["manifest.jsonl", f"line {n}"] for n in (1, 2, 136)]
    assert (last.split(" dropped")[0], result.exit_code) == ("130 profiles, 3 failed, 0", 0)
    assert [row["state"] for row in rows(result)][:2] == ["pending", "firing"]


def test_duplicates_change_nothing(tmp_path: Path) -> None:
    """A recording that holds every attempt twice gives the same lines."""
    once = [line(slot) for slot in range(SLOTS)]
    twice = [each for each in once for _ in range(2)]
    results = [replay(record(tmp_path / name, lines)) for name, lines in (("a", once), ("b", twice))]
    assert results[0].stdout == results[1].stdout
    assert results[1].stderr.startswith("130 profiles, 0 failed, 130 dropped, ")


@pytest.mark.parametrize("data", [b"", b"no tar", b"\x1f\x8b"])
def test_file_that_is_no_recording_is_refused(tmp_path: Path, data: bytes) -> None:
    """With a sentence and exit code 1."""
    (tmp_path / "x.tar").write_bytes(data)
    result = replay(tmp_path / "x.tar")
    assert (result.exit_code, "neither a folder nor a .tar" in result.stderr, result.stdout) == (1, True, "")


def test_links_of_a_tar_lead_nowhere(tmp_path: Path) -> None:
    """Only regular members are read."""
    path = tmp_path / "r.tar"
    with tarfile.open(path, "w") as tar:
        text = json.dumps(line(0, profile="link")).encode()
        member = tarfile.TarInfo("manifest.jsonl")
        member.size = len(text)
        tar.addfile(member, io.BytesIO(text))
        link = tarfile.TarInfo("link")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    result = replay(path)
    assert (result.exit_code, result.stderr.startswith("0 profiles, 1 failed")) == (1, True)
