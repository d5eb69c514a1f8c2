"""What reading debug=2 text promises on any text; compiled and plain splitting are held to the same laws."""

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from processors.decode_dump import Splitter, decode_dump
from processors.decoded import Decoded
from processors.scan_dump import scan_dump
from processors.split_dump import split_dump
from schemas.limits import ProfileLimits
from tests.fuzz.text import check, mutate, seeds
from tests.processors.dumps import BODY, CREATED, goroutine, read, split_ways, stack

FORMS = "\n".join(
    (
        goroutine("[running]", 1, "main.main()\n\t/src/main.go:3 +0x1d\n"),
        goroutine('[select, 12 minutes] {"a b": "c"}', 18),
        goroutine("[running]", 19, "\tgoroutine running on other thread; stack unavailable\n" + CREATED),
        goroutine("[sleep]", 20, BODY * 3 + "...12 frames elided...\n" + BODY + CREATED),
    )
)


@split_ways
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_dump_cut_anywhere_gives_what_stands_before_and_one_problem(split: Splitter, end: str) -> None:
    """A goroutine is there once the offset of its creator is; a cut exactly behind one shows nothing."""
    text = FORMS.replace("\n", end)
    offset = len("1d" + end)
    blocks = [len(block) for block in text.split(end + end)]
    ends = [sum(blocks[: n + 1]) + 2 * n * len(end) for n in range(len(blocks))]
    ends = [*(place + len(end) for place in ends[:-1]), ends[-1]]
    unseen = {place for whole in ends[:-1] for place in range(whole - len(end) + len("\n"), whole + len(end) + 1)}
    for cut in range(ends[1] + len(end), len(text)):
        decoded = read(text[:cut], split)
        there = sum(whole - offset <= cut for whole in ends)
        assert (cut, sum(found.count for found in decoded.stacks)) == (cut, there)
        assert cut in unseen or (cut, len(decoded.problems)) == (cut, 1)


@split_ways
def test_dump_of_the_size_where_go_cuts_is_called_cut(split: Splitter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the cut falls between two goroutines."""
    monkeypatch.setattr("processors.judge_end.GO_CUTS_AT_BYTES", len(FORMS))
    what = f"the dump is cut off here at the {len(FORMS)} bytes where Go cuts"
    assert [problem.what for problem in read(FORMS, split).problems] == [what]


def test_one_goroutine_without_its_last_newline_is_read() -> None:
    """Pasting loses it: the goroutine is there, and the problem says that it may be cut."""
    decoded = read(goroutine("[select]").rstrip("\n"))
    assert (decoded.stacks, [p.what for p in decoded.problems]) == ((stack("select"),), ["the dump is cut off here"])


WORDS = st.sampled_from(
    [
        *(
            "goroutine 7 [select]:\n",
            "goroutine 8 [select, 3 minutes]:\n",
            "goroutine 1 gp=0x1 m=nil [sleep",
            "]:\n",
            "\n",
        ),
        *(
            ", 12 minutes",
            ", 1234567890 minutes",
            " {k: v}:\n",
            ' {"]: \\"": a}:\n',
            "main.f(0x1)\n",
            "\t/x.go:3 +0x1\n",
        ),
        *(
            "\t/x.go:3",
            " fp=0x1",
            " pc=0x",
            " +0x",
            "\r\n",
            "created by main.g in goroutine 12\n",
            "created by ",
            " in goroutine 3",
        ),
        *(
            "...3 frames elided...\n",
            "non-Go function at pc=0x3\n",
            "\tpc=0x1f\n",
            "(",
            ")",
            "goroutine ",
            "\t",
            " ",
            "\x00",
        ),
    ]
)
texts = st.lists(WORDS, max_size=40).map("".join)


@settings(deadline=None)  # the first example compiles
@given(texts, st.integers(1, 8), st.integers(1, 8))
def test_compiled_and_plain_agree_on_any_text(text: str, stacks: int, frames: int) -> None:
    """The same stacks, the same problems, the same refusals."""
    limits = ProfileLimits(stacks=stacks, frames=frames, line_bytes=60, distinct_frames=frames, problems=2)
    for data in (text.encode(), FORMS.encode() + text.encode(), text.encode()[:-3] + b"\xff\xfe"):
        assert read_bytes(data, split_dump, limits) == read_bytes(data, scan_dump, limits)


def read_bytes(data: bytes, split: Splitter, limits: ProfileLimits) -> Decoded:
    """Read bytes that may be nothing."""
    return decode_dump(data, limits, split) if data else Decoded((), ())


@pytest.mark.parametrize("seed", range(4))
def test_mutated_dumps_of_real_programs_break_no_law(seed: int) -> None:
    """A little of what `python -m tests.fuzz.text` does for as long as one likes."""
    choose, texts = random.Random(seed), seeds()  # noqa: S311 a seed that repeats the run
    for _ in range(100):
        check(mutate(choose.choice(texts), choose))


HOSTILE: dict[str, Callable[[], bytes]] = {
    "one line of a megabyte": lambda: b"goroutine 1 [" + b"x" * 1_000_000,
    "a hundred thousand headers": lambda: b"goroutine 1 [x]:\n" * 100_000,
    "a hundred thousand words that begin like one": lambda: b"\ngoroutine x" * 100_000,
    "brackets": lambda: b"goroutine 1 [" + b"[" * 500_000 + b"]" * 500_000 + b":\n",
    "parentheses": lambda: b"goroutine 1 [x]:\n" + b"(" * 500_000 + b")\n\t/x.go:3\n",
    "labels": lambda: b"goroutine 1 [x] {" + b'"a": "b", ' * 100_000 + b"}:\n",
    "clauses": lambda: b"goroutine 1 [x" + b", 9 minutes" * 100_000 + b"]:\n",
    "offsets": lambda: b"goroutine 1 [x]:\nf()\n\t/x.go:3" + b" +0x1" * 200_000 + b"\n",
    "quotes": lambda: b'goroutine 1 [x] {"' + b"\\" * 1_000_000 + b":\n",
    "NUL and bidi": lambda: b"goroutine 1 [\x00]:\n\xe2\x80\xae\xff(\x00)\n\t\x00:1\n",
}


@split_ways
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_gives_stacks_or_problems(split: Splitter, name: str) -> None:
    """Neither an exception nor more problems than are told."""
    decoded = decode_dump(HOSTILE[name](), ProfileLimits(stacks=200_000), split)
    assert (len(decoded.stacks) + len(decoded.problems) > 0, len(decoded.problems) <= 22) == (True, True)
