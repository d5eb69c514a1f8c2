"""`leakstream evidence` and what `explain` says of evidence."""

import base64
from dataclasses import asdict
from pathlib import Path

import pytest

from leakstream.adapters.clickhouse import ClickhouseStore
from leakstream.client import Reader
from leakstream.commands.evidence import name_file, write_profiles
from leakstream.commands.explain import Asking, collect
from leakstream.explanation import describe
from processors.summary_text import write_summary
from processors.weigh_leaks import FalseReport
from schemas.evidence import StackWeight, Summary, Waits
from schemas.heap import HeapReading, MemStats
from schemas.model import Kind
from tests.store_rows import START, minute, rows

DUMP = Summary((StackWeight(255, 9, 2, Waits(((3, 4), (8, 5)), 0, (), 8), (("main.start", 9),)),))
LEAKS = Summary((StackWeight(255, 7, leaked=7),), {FalseReport.MAIN.value: 1}, whole=True)
NONE = Summary(whole=True)
STATS = MemStats(9 * 2**20, 10 * 2**20, 2**20, 2**24, 2**24, 2**24, 3)
HEAP = Summary(heap=HeapReading(STATS, goroutines=300, of_stack=280))
CLEARS_NOTHING = "none of these is proven leaked, which clears nothing: the runtime sees about half of all leaks"
DUMPED = (
    "9 goroutines, waiting 8 minutes in the median and 8 at most, made by main.start, 2 called leaked by the runtime"
)


@pytest.fixture
def reader(store: ClickhouseStore) -> Reader:
    """Questions to a store with a dump, a profile that proves, one that does not, and one that was not taken."""
    store.insert("stacks", rows("stacks", {}), "s")
    given = (
        {"slot": minute(-9), "taken_at": minute(-9), "kind": Kind.HEAP.value, "summary": write_summary(HEAP)},
        {"kind": Kind.TEXT.value, "summary": write_summary(DUMP)},
        {"summary": write_summary(LEAKS)},
        {"slot": minute(1), "taken_at": minute(1), "summary": write_summary(NONE)},
        {
            "slot": minute(2),
            "taken_at": minute(2),
            "ok": False,
            "reason": "guarded",
            "profile": b"",
            "error": "not taken: the process has too many goroutines",
        },
    )
    store.insert("evidence", rows("evidence", *given), "e")
    return Reader(store)


def test_explanation_says_what_each_profile_says_of_the_stack(reader: Reader) -> None:
    """Newest first; why one was not taken, what is proven and what that means, waits and creator."""
    (explained,) = collect(reader, 255, "checkout", Asking(3600, "leakstream"))
    section = describe(explained, full=True).partition("Profiles that speak of it:\n")[2].partition("\n\n")[0]
    lines = [line for line in section.splitlines() if " of a:1 at " in line]
    said = [line.partition(" of a:1 at ")[2][len("2026-11-01 ") :] for line in lines]
    assert said == [
        "00:02:00 UTC: not taken: the process has too many goroutines",
        f"00:01:00 UTC: {CLEARS_NOTHING}",
        f"00:00:00 UTC: {DUMPED}",
        "00:00:00 UTC: 7 goroutines proven leaked",
        "23:51:00 UTC: 9 MiB of heap with garbage, 1 MiB of stacks, beside 280 of these goroutines",
    ]


def test_explanation_gives_evidence_as_data(reader: Reader) -> None:
    """A dump with its waits, a profile with what was left out."""
    (explained,) = collect(reader, 255, "checkout", Asking(3600, "leakstream"))
    profiles = explained["profiles"]
    assert isinstance(profiles, list)
    _, _, dump, leaks, heap = profiles
    common = {"instance": "a:1", "taken_at": START, "ok": True, "reason": "", "error": "", "bytes": 3}
    assert dump == {
        **common,
        "kind": "goroutine-text",
        "goroutines": 9,
        "leaked": 2,
        "left_out": {},
        "creators": {"main.start": 9},
        "median_wait_minutes": 8,
        "longest_wait_minutes": 8,
        "waits": [[3, 4], [8, 5]],
        "memory": None,
    }
    assert leaks == {
        **common,
        "kind": "goroutineleak",
        "goroutines": 7,
        "leaked": 7,
        "left_out": {"main in select {}": 1},
        "creators": {},
        "median_wait_minutes": None,
        "longest_wait_minutes": None,
        "waits": None,
        "memory": None,
    }

    assert (heap["kind"], heap["goroutines"], heap["memory"]) == ("heap", 280, asdict(STATS))


def test_profiles_become_files_with_their_bytes(reader: Reader, tmp_path: Path) -> None:
    """Named by what they are; writing them again changes nothing."""
    kept = reader.evidence_profiles(255, "", 20)
    for _ in range(2):
        written = write_profiles(kept, tmp_path / "new" / "folder")
    assert [path.name for path in written] == [
        "checkout_a-1_20261101T000100Z.goroutineleak.pb.gz",
        "checkout_a-1_20261101T000000Z.goroutine.txt.gz",
        "checkout_a-1_20261101T000000Z.goroutineleak.pb.gz",
        "checkout_a-1_20261031T235100Z.heap.txt.gz",
    ]
    assert {path.read_bytes() for path in written} == {base64.b64decode(str(kept[0]["profile"]))}


@pytest.mark.parametrize(
    ("service", "instance", "name"),
    [
        ("../../etc", "/passwd", "etc_passwd_20261101T000000Z.goroutineleak.pb.gz"),
        ("..", "a b\n", "-_a-b_20261101T000000Z.goroutineleak.pb.gz"),
    ],
)
def test_no_name_leads_out_of_the_folder(service: str, instance: str, name: str) -> None:
    """A target says what its service is called."""
    assert name_file(service, instance, START, "goroutineleak") == name
