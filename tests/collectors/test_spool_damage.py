"""What damage costs: the records it hits and those behind them in the same file, counted, with the place."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.spool import Losses, Spool
from schemas.model import Problem
from schemas.outcomes import Reason
from schemas.ports import Message
from tests.collectors.spooling import NOON, Opener, at, drain, files_of, numbered

_PER_FILE, _FILES = 4, 3
_RECORD_BYTES = 64
_ALL = numbered(0, _PER_FILE * _FILES)

_harm = st.one_of(
    st.tuples(st.just("flip"), st.integers(0, _FILES), st.floats(0, 1, exclude_max=True), st.integers(0, 7)),
    st.tuples(st.just("cut"), st.integers(0, _FILES), st.floats(0, 1, exclude_max=True), st.just(0)),
    st.tuples(st.just("grow"), st.integers(0, _FILES), st.floats(0, 1), st.integers(1, 80)),
    st.tuples(st.just("delete"), st.integers(0, _FILES), st.just(0.0), st.just(0)),
)


def fill(folder: Path, sent: int) -> list[Path]:
    """Leave three files of four records, of which so many were sent; give them, and the mark."""
    spool = Spool(folder, size_bytes=2**20, age_seconds=64.0)
    for index in range(_FILES):
        spool.put(_ALL[index * _PER_FILE : (index + 1) * _PER_FILE], at(index))
    while sent:
        count = len(spool.peek(sent, 10**6))
        spool.done(count)
        sent -= count
    spool.close()
    return [*files_of(folder), folder / "mark"]


def harm(paths: Sequence[Path], how: tuple[str, int, float, int]) -> tuple[int, int] | None:
    """Do something to a file; give which one and from which byte on, None where nothing was done."""
    what, index, place, detail = how
    path = paths[index % len(paths)]
    if not path.exists():
        return None
    raw = bytearray(path.read_bytes())
    offset = int(place * len(raw))
    if what == "delete":
        path.unlink()
        return index % len(paths), 0
    if what == "grow":
        path.write_bytes(raw + bytes(detail))
        return index % len(paths), len(raw)
    if what == "cut":
        path.write_bytes(raw[:offset])
    elif raw:
        raw[offset] ^= 1 << detail
        path.write_bytes(raw)
    return index % len(paths), offset


def survivors(paths: Sequence[Path], sent: int, harms: Sequence[tuple[int, int]]) -> list[Message]:
    """Give the records before the first harm of each file, those that were sent left out unless the mark is gone."""
    mark_is_harmed = any(paths[index].name == "mark" for index, _ in harms)
    kept: list[Message] = []
    for index, path in enumerate(paths[:-1]):
        first = int(path.stem)
        records = [number for number in range(first, first + _PER_FILE) if mark_is_harmed or number >= sent]
        bytes_kept = min((offset for harmed, offset in harms if harmed == index), default=10**9)
        kept += [_ALL[number] for number in records if (number - first + 1) * _RECORD_BYTES <= bytes_kept]
    return kept


@given(st.integers(0, 11), st.lists(_harm, min_size=1, max_size=3))
@settings(deadline=None)
def test_damage_costs_what_it_hits_and_the_rest_of_the_file(sent: int, hows: list[tuple[str, int, float, int]]) -> None:
    """Flips, cuts, garbage and missing files never raise, give nothing that was not put, and spare the other files."""
    with TemporaryDirectory() as folder:
        paths = fill(Path(folder), sent)
        once = {how[1] % len(paths): how for how in hows}
        harms = [done for how in once.values() if (done := harm(paths, how)) is not None]
        spool = Spool(Path(folder), size_bytes=2**20, age_seconds=64.0)
        left = drain(spool)
        spool.close()
    expected = survivors(paths, sent, harms)
    assert [message for message in left if message in expected] == expected
    assert [message for message in _ALL if message in left] == left


@given(st.integers(0, 7), st.integers(0, _FILES - 2), st.floats(0, 1, exclude_max=True), st.integers(0, 7))
@settings(deadline=None)
def test_what_damage_costs_is_counted(sent: int, index: int, place: float, bit: int) -> None:
    """One bit in a file that another follows: what is missing is what is counted, once, also after further starts."""
    with TemporaryDirectory() as folder:
        paths = fill(Path(folder), sent)
        harm(paths[:-2], ("flip", index, place, bit))
        counted = []
        for _ in range(3):
            spool = Spool(Path(folder), size_bytes=2**20, age_seconds=64.0)
            counted.append(spool.take_losses().dropped.get(Reason.SPOOL_DAMAGED, 0))
            spool.close()
        spool = Spool(Path(folder), size_bytes=2**20, age_seconds=64.0)
        left = drain(spool)
        spool.close()
    assert counted == [len(_ALL) - sent - len(left), 0, 0]


@pytest.mark.parametrize("kept", range(1, _RECORD_BYTES))
def test_torn_tail_costs_one_record(tmp_path: Path, open_at: Opener, kept: int) -> None:
    """Wherever kill -9 cut it: the records before it stay, the place is told, and puts go on behind them."""
    spool = open_at(tmp_path)
    spool.put(numbered(0, 3), NOON)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path, copy)
    [path] = files_of(copy)
    path.write_bytes(path.read_bytes()[: 2 * _RECORD_BYTES + kept])
    again = open_at(copy)
    again.put(numbered(7, 1), NOON)
    losses = again.take_losses()
    assert [(problem.where, problem.what) for problem in losses.problems] == [
        (f"{path} byte {2 * _RECORD_BYTES}", "the record is cut off")
    ]
    assert (losses.dropped, drain(again)) == ({Reason.SPOOL_DAMAGED: 1}, [*numbered(0, 2), *numbered(7, 1)])


def test_zeros_at_the_end_are_no_records(tmp_path: Path, open_at: Opener) -> None:
    """A file system may leave them after a power cut."""
    paths = fill(tmp_path, 0)
    with paths[2].open("ab") as file:
        file.write(bytes(1000))
    spool = open_at(tmp_path)
    problem = Problem(f"{paths[2]} byte {4 * _RECORD_BYTES}", "the checksum is wrong", repr(bytes(24)))
    assert (spool.take_losses(), drain(spool)) == (Losses({Reason.SPOOL_DAMAGED: 1}, (problem,)), _ALL)


def test_file_that_is_missing_is_counted(tmp_path: Path, open_at: Opener) -> None:
    """The numbers of the files around it say how many records it had."""
    paths = fill(tmp_path, 0)
    paths[1].unlink()
    spool = open_at(tmp_path)
    problem = Problem(f"{paths[0]} byte {4 * _RECORD_BYTES}", "4 records are missing", "")
    assert spool.take_losses() == Losses({Reason.SPOOL_DAMAGED: 4}, (problem,))
    assert drain(spool) == _ALL[:4] + _ALL[8:]


def test_last_file_that_is_missing_is_counted(tmp_path: Path, open_at: Opener) -> None:
    """The mark of an orderly end knows what there was; the numbers are not used again."""
    paths = fill(tmp_path, 2)
    paths[2].unlink()
    spool = open_at(tmp_path)
    spool.put(numbered(20, 1), NOON)
    assert spool.take_losses().dropped == {Reason.SPOOL_DAMAGED: 4}
    spool.close()
    again = open_at(tmp_path)
    assert (again.take_losses(), drain(again)) == (Losses({}, ()), _ALL[2:8] + numbered(20, 1))


def test_empty_folder_behind_a_mark_is_counted(tmp_path: Path, open_at: Opener) -> None:
    """Somebody deleted every file of records."""
    for path in fill(tmp_path, 2)[:-1]:
        path.unlink()
    spool = open_at(tmp_path)
    assert spool.take_losses() == Losses(
        {Reason.SPOOL_DAMAGED: 10}, (Problem(str(tmp_path), "10 records are missing"),)
    )
    spool.close()
    assert open_at(tmp_path).take_losses() == Losses({}, ())


def test_damaged_mark_sends_again_rather_than_skips(tmp_path: Path, open_at: Opener) -> None:
    """What was sent of the first file comes again, and the problem says so."""
    paths = fill(tmp_path, 2)
    raw = paths[-1].read_bytes()
    paths[-1].write_bytes(raw.replace(b"2", b"9", 1))
    spool = open_at(tmp_path)
    what = "the mark is damaged: everything that is left is sent, some of it again"
    problem = Problem(str(paths[-1]), what, repr(raw.replace(b"2", b"9", 1)))
    assert (spool.take_losses(), drain(spool)) == (Losses({}, (problem,)), _ALL)


def test_damage_while_it_runs_is_found_and_counted(tmp_path: Path, open_at: Opener) -> None:
    """A byte that turns after the start costs the same as before it."""
    spool = open_at(tmp_path)
    spool.put(_ALL[:4], at(0))
    spool.put(_ALL[4:8], at(1))
    path = files_of(tmp_path)[0]
    raw = bytearray(path.read_bytes())
    raw[_RECORD_BYTES + 30] ^= 1
    path.write_bytes(raw)
    assert drain(spool) == _ALL[:1] + _ALL[4:8]
    losses = spool.take_losses()
    assert (losses.dropped, [problem.what for problem in losses.problems]) == (
        {Reason.SPOOL_DAMAGED: 3},
        ["the checksum is wrong"],
    )
    assert spool.state(at(1)).bytes == 0


def test_files_deleted_while_it_runs_are_counted(tmp_path: Path, open_at: Opener) -> None:
    """Nothing raises, and what comes later is kept."""
    spool = open_at(tmp_path)
    spool.put(_ALL[:4], at(0))
    spool.put(_ALL[4:8], at(1))
    for path in files_of(tmp_path):
        path.unlink()
    left = drain(spool)
    spool.put(_ALL[8:], at(2))
    assert (left, drain(spool)) == ([], _ALL[8:])
    assert spool.take_losses().dropped == {Reason.SPOOL_DAMAGED: 8}
