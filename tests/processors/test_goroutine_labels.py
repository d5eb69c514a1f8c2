"""What reading CockroachDB's labels promises."""

from processors.decode import decode
from processors.goroutine_labels import read_goroutine_labels
from schemas.raw_stack import Frame, RawStack, make_frames
from schemas.wire import profile_pb2 as pb
from tests.pprof_maker import make_profile

FRAMES = make_frames(["main.worker", "main.start"])


def sample(**labels: str) -> RawStack:
    """Make one sample with labels, `_` standing for the rest of their names."""
    return RawStack(FRAMES, 1, labels={key.replace("_", "go::goroutine", 1): value for key, value in labels.items()})


def test_labels_become_state_wait_and_creator() -> None:
    """Goroutines of one state and one creator are one stack again, with both ends of their waits."""
    found = read_goroutine_labels(
        [
            sample(_="100", __created_by="main.start", __state="chan receive", __wait_minutes="5", tenant="a"),
            sample(_="101", __created_by="main.start", __state="running", tenant="a"),
            sample(_="102", __created_by="main.start", __state="chan receive", __wait_minutes="7", tenant="a"),
        ]
    )
    start, labels = Frame("main.start"), {"tenant": "a"}
    assert found == (
        RawStack(FRAMES, 2, "chan receive", labels, start, wait_minutes=7, shortest_wait_minutes=5),
        RawStack(FRAMES, 1, "running", labels, start),
    )


def test_number_of_the_creator_names_no_function() -> None:
    """CockroachDB writes the creator's goroutine number, which says nothing in another profile."""
    assert read_goroutine_labels([sample(_="7", __created_by="1")]) == (RawStack(FRAMES, 1),)


def test_wait_that_is_no_number_is_none() -> None:
    """A hostile label is not read as minutes."""
    found = read_goroutine_labels([sample(_="7", __wait_minutes=text) for text in ("-1", "x", "9" * 30, "0", "²")])
    assert found == (RawStack(FRAMES, 5),)


def test_other_stacks_stay_as_they_are() -> None:
    """Equal stacks of an ordinary profile are not touched."""
    stacks = (RawStack(FRAMES, 2, labels={"a": "b"}), RawStack(FRAMES, 3, labels={"a": "b"}))
    assert read_goroutine_labels(stacks) == stacks


def test_numbers_are_labels_of_that_kind_too() -> None:
    """CockroachDB writes minutes as a number; other numeric labels say nothing of goroutines."""
    profile = pb.Profile()
    profile.ParseFromString(make_profile([(("main.worker",), 1)], compress=False))
    for key, number in (("go::goroutine_wait_minutes", 9), ("bytes", 512)):
        profile.string_table.append(key)
        profile.sample[0].label.add(key=len(profile.string_table) - 1, num=number)
    expected = RawStack(make_frames(["main.worker"]), 1, wait_minutes=9, shortest_wait_minutes=9)
    assert decode(profile.SerializeToString()).stacks == (expected,)
