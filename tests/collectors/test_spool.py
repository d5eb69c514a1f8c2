"""What the spool promises while nothing is damaged: a list on disk, bounded, that outlives its process."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.spool import Losses, Spool, SpoolState, SpoolUnavailableError
from schemas.outcomes import Reason
from schemas.ports import Message
from tests.collectors.spooling import Opener, at, drain, files_of, numbered

_NOTHING_LOST = Losses({}, ())

_messages = st.builds(
    Message,
    st.binary(max_size=5),
    st.none() | st.binary(max_size=300),
    st.dictionaries(st.text(max_size=5), st.binary(max_size=5), max_size=3),
)
_steps = st.one_of(
    st.tuples(st.just("put"), st.lists(_messages, max_size=6)),
    st.tuples(st.just("peek"), st.integers(1, 8), st.integers(0, 900)),
    st.tuples(st.just("done"), st.integers(0, 8)),
    st.tuples(st.just("trim")),
    st.tuples(st.just("wait"), st.floats(0, 1.5)),
    st.tuples(st.just("close")),
    st.tuples(st.just("crash")),
)


@dataclass
class Model:
    """A spool beside the list that it has to be."""

    root: Path
    size_bytes: int
    age_seconds: float
    spool: Spool = field(init=False)
    opened: int = 0
    expected: list[Message] = field(default_factory=list)
    put: int = 0
    sent: int = 0
    dropped: int = 0
    peeked: int = 0
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.spool = self._open()

    @property
    def folder(self) -> Path:
        """Where the spool is now: it moves with each crash."""
        return self.root / str(self.opened)

    def do(self, step: Sequence[object]) -> None:
        """Do one step, to both."""
        match step:
            case ("put", list(messages)):
                self.spool.put(messages, at(self.seconds))
                self.expected += messages
                self.put += len(messages)
            case ("peek", int(records), int(size)):
                self.look(self.spool.peek(records, size), records)
            case ("done", int(count)):
                self.forget(min(count, self.peeked))
            case ("trim",):
                self.spool.trim(at(self.seconds))
            case ("wait", float(seconds)):
                self.seconds += seconds
            case ("close",):
                self.spool.close()
                self.spool, self.peeked = self._open(), 0
            case ("crash",):
                self._crash()
        self.count()

    def look(self, found: Sequence[Message], records: int) -> None:
        """Take what a peek gave for the head of the list."""
        assert len(found) <= records
        assert list(found) == self.expected[: len(found)]
        assert bool(found) == bool(self.expected)
        self.peeked = len(found)

    def forget(self, count: int) -> None:
        """Let go of what was sent."""
        self.spool.done(count)
        del self.expected[:count]
        self.sent += count
        self.peeked = 0

    def count(self) -> None:
        """Count what was dropped; no damage is ever found."""
        losses = self.spool.take_losses()
        assert (losses.problems, Reason.SPOOL_DAMAGED in losses.dropped) == ((), False)
        self.dropped += sum(losses.dropped.values())

    def _open(self) -> Spool:
        return Spool(self.folder, size_bytes=self.size_bytes, age_seconds=self.age_seconds)

    def _crash(self) -> None:
        """Go on with the files as they are at this moment."""
        folder, old = self.folder, self.spool
        self.opened += 1
        shutil.copytree(folder, self.folder)
        old.close()
        self.spool, self.peeked = self._open(), 0


@given(st.lists(_steps, max_size=40))
@settings(deadline=None)
def test_spool_with_room_is_a_list(steps: list[Sequence[object]]) -> None:
    """Any sequence of putting, peeking, sending, trimming, closing and crashing leaves what a list would hold."""
    with TemporaryDirectory() as folder:
        model = Model(Path(folder), size_bytes=2**20, age_seconds=64.0)
        for step in steps:
            model.do(step)
            assert model.spool.state(at(model.seconds)).records == len(model.expected)
        assert (drain(model.spool), model.dropped) == (model.expected, 0)
        assert files_of(model.folder) == []
        model.spool.close()


@given(st.lists(_steps, max_size=60), st.sampled_from([200, 700, 3000]), st.sampled_from([2.0, 1000.0]))
@settings(deadline=None)
def test_spool_without_room_loses_only_what_it_counts(
    steps: list[Sequence[object]], size_bytes: int, age_seconds: float
) -> None:
    """Put = sent + dropped + left, what is left is in order, and the files never exceed the size."""
    with TemporaryDirectory() as folder:
        model = Model(Path(folder), size_bytes, age_seconds)
        put: list[Message] = []
        for step in steps:
            if step[0] == "peek":
                model.peeked = len(model.spool.peek(3, 500))
            elif step[0] == "done":
                model.sent += model.peeked
                model.spool.done(model.peeked)
                model.peeked = 0
            else:
                put += step[1] if step[0] == "put" else []  # type: ignore[arg-type]  # a step is what its word says
                model.do(step)
            model.count()
            assert sum(path.stat().st_size for path in files_of(model.folder)) <= size_bytes
        left = drain(model.spool)
        rest = iter(put)
        assert all(message in rest for message in left)
        assert model.put == model.sent + model.dropped + len(left)
        model.spool.close()


def test_full_spool_drops_the_oldest(tmp_path: Path, open_at: Opener) -> None:
    """The newest stay, and the count is that of what is missing."""
    spool = open_at(tmp_path, size_bytes=10_000)
    spool.put(numbered(0, 500), at(0))
    left = drain(spool)
    losses = spool.take_losses()
    assert left == numbered(500 - len(left), len(left))
    assert losses == Losses({Reason.SPOOL_SIZE: 500 - len(left)}, ())
    assert 10_000 * 0.9 < len(left) * 64 <= 10_000


def test_old_records_go_with_their_reason(tmp_path: Path, open_at: Opener) -> None:
    """A segment takes records for a 64th of the age, and goes when its newest is older than the age."""
    spool = open_at(tmp_path, age_seconds=64.0)
    for second in range(10):
        spool.put(numbered(second, 1), at(second))
    spool.trim(at(64.0 + 4.5))
    assert (drain(spool), spool.take_losses()) == (numbered(5, 5), Losses({Reason.SPOOL_AGE: 5}, ()))


def test_what_is_being_sent_is_not_dropped(tmp_path: Path, open_at: Opener) -> None:
    """What was peeked at stays while everything behind it is pushed out."""
    spool = open_at(tmp_path, size_bytes=1000)
    spool.put(numbered(0, 3), at(0))
    batch = spool.peek(2, 10_000)
    spool.put(numbered(3, 200), at(1))
    spool.trim(at(1e6))
    spool.done(0)
    dropped = spool.take_losses().dropped
    assert (list(batch), spool.peek(1, 1)) == (numbered(0, 1), tuple(numbered(0, 1)))
    assert sum(dropped.values()) + spool.state(at(0)).records == 203


def test_dropping_behind_what_is_sent_is_no_damage(tmp_path: Path, open_at: Opener) -> None:
    """The next start neither reports nor counts it again."""
    spool = open_at(tmp_path, size_bytes=1000)
    spool.put(numbered(0, 3), at(0))
    spool.peek(2, 10_000)
    spool.put(numbered(3, 200), at(1))
    left = spool.state(at(1)).records
    spool.close()
    again = open_at(tmp_path, size_bytes=1000)
    assert (again.take_losses(), len(drain(again))) == (_NOTHING_LOST, left)


def test_message_larger_than_the_spool_costs_only_itself(tmp_path: Path, open_at: Opener) -> None:
    """The others are not pushed out for something that never fits."""
    spool = open_at(tmp_path, size_bytes=1000)
    spool.put([*numbered(0, 1), *numbered(1, 1, size=2000), *numbered(2, 1)], at(0))
    assert (drain(spool), spool.take_losses()) == (
        [*numbered(0, 1), *numbered(2, 1)],
        Losses({Reason.SPOOL_SIZE: 1}, ()),
    )


def test_kept_place_is_before_what_came_later(tmp_path: Path, open_at: Opener) -> None:
    """A batch that was being sent past the empty spool goes to its head, for this process and the next."""
    spool = open_at(tmp_path)
    spool.put(numbered(0, 1), at(0))
    drain(spool)
    place = spool.keep_place(3)
    spool.put(numbered(4, 2), at(1))
    spool.put_first(numbered(1, 3), place, at(2))
    spool.close()
    again = open_at(tmp_path)
    assert (drain(again), again.take_losses()) == (numbered(1, 5), _NOTHING_LOST)


def test_kept_place_that_is_not_needed_leaves_nothing(tmp_path: Path, open_at: Opener) -> None:
    """The records behind it are all there is."""
    spool = open_at(tmp_path)
    spool.keep_place(3)
    spool.put(numbered(4, 2), at(1))
    spool.close()
    again = open_at(tmp_path)
    assert (drain(again), again.take_losses()) == (numbered(4, 2), _NOTHING_LOST)


def test_state_says_how_much_and_how_old(tmp_path: Path, open_at: Opener) -> None:
    """The age is that of the oldest record that is not sent, also within a segment and after a start."""
    spool = open_at(tmp_path)
    assert spool.state(at(0)) == SpoolState(0, 0, 0.0, "")
    spool.put(numbered(0, 1), at(0))
    spool.put(numbered(1, 1), at(0.5))
    size = files_of(tmp_path)[0].stat().st_size
    assert spool.state(at(3)) == SpoolState(2, size, 3.0, "")
    spool.peek(1, 1)
    spool.done(1)
    assert spool.state(at(3)) == SpoolState(1, size // 2, 2.5, "")
    spool.close()
    assert open_at(tmp_path).state(at(3)) == SpoolState(1, size // 2, 2.5, "")


def test_folder_is_for_one_collector(tmp_path: Path, open_at: Opener) -> None:
    """The second is told who holds it; when the first is gone it may."""
    first = open_at(tmp_path / "made" / "when missing")
    with pytest.raises(SpoolUnavailableError, match=r"in use by another collector \(process [0-9]+\); each needs"):
        open_at(tmp_path / "made" / "when missing")
    first.close()
    open_at(tmp_path / "made" / "when missing").close()


def test_folder_that_is_none_is_refused_with_a_sentence(tmp_path: Path, open_at: Opener) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SpoolUnavailableError, match="file cannot be used: "):
        open_at(tmp_path / "file")


def test_files_are_private(tmp_path: Path, open_at: Opener) -> None:
    """Profiles tell about programs: nobody else reads them."""
    spool = open_at(tmp_path / "spool")
    spool.put(numbered(0, 1), at(0))
    modes = {path.name: oct(path.stat().st_mode & 0o777) for path in (tmp_path / "spool").iterdir()}
    assert (oct((tmp_path / "spool").stat().st_mode & 0o777), set(modes.values())) == ("0o700", {"0o600"})


def test_files_of_others_are_left_alone(tmp_path: Path, open_at: Opener) -> None:
    """Only what is named like a segment is read."""
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "1.spool").write_text("not a segment's name")
    spool = open_at(tmp_path)
    assert (drain(spool), spool.take_losses(), (tmp_path / "1.spool").exists()) == ([], _NOTHING_LOST, True)
