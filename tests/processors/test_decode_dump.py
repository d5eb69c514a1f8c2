"""What reading debug=2 text promises: every form of header and body, and what becomes of a broken goroutine."""

import pytest

from processors.decode_dump import Splitter
from processors.decoded import Decoded
from schemas.limits import ProfileLimits
from schemas.model import Problem
from schemas.raw_stack import Frame, RawStack
from tests.processors.dumps import BODY, CREATED, FRAMES, START, goroutine, only, read, split_ways, stack


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("[running]", stack("running")),
        ("[chan receive (nil chan)]", stack("chan receive (nil chan)")),
        ("[select (no cases), 3 minutes]", stack("select (no cases)", wait_minutes=3, shortest_wait_minutes=3)),
        ("[IO wait, 100000 minutes]", stack("IO wait", wait_minutes=100_000, shortest_wait_minutes=100_000)),
        ("[chan send (leaked)]", stack("chan send", leaked=True)),
        ("[select (scan)]", stack("select")),
        ("[chan receive (durable), synctest bubble 3]", stack("chan receive")),
        ("[sync.Cond.Wait (leaked) (scan) (durable)]", stack("sync.Cond.Wait", leaked=True)),
        ("[select (synctest), synctest group 4]", stack("select")),
        ("[syscall, locked to thread]", stack("syscall", locked_to_thread=True)),
        (
            "[chan receive (leaked) (scan), 2 minutes, locked to thread, synctest bubble 1]",
            stack("chan receive", wait_minutes=2, shortest_wait_minutes=2, leaked=True, locked_to_thread=True),
        ),
        ("[GC worker (idle)]", stack("GC worker (idle)")),
        ("[some new wait, with a word]", stack("some new wait", notes=("with a word",))),
        ("gp=0xc000002380 m=0 mp=0x5781a0 [running]", stack("running")),
        ("gp=0xc000002380 m=nil [sleep, 5 minutes]", stack("sleep", wait_minutes=5, shortest_wait_minutes=5)),
        ("[select] {tenant: acme, path: a/b.c_d}", stack("select", labels={"tenant": "acme", "path": "a/b.c_d"})),
        ('[select] {"a b": "c\\"}: [x]:", empty: }', stack("select", labels={"a b": 'c"}: [x]:', "empty": ""})),
        (
            '[select, 1 minutes] {q: ", 9 minutes]"}',
            stack("select", labels={"q": ", 9 minutes]"}, wait_minutes=1, shortest_wait_minutes=1),
        ),
        ('[select, "app":"a, b]"]', stack("select", labels={"app": "a, b]"})),
        (
            '[select (leaked), 3 minutes, locked to thread labels:{"a b": "c]:", "d": "}"}]',
            stack(
                "select",
                labels={"a b": "c]:", "d": "}"},
                wait_minutes=3,
                shortest_wait_minutes=3,
                leaked=True,
                locked_to_thread=True,
            ),
        ),
        ('[select labels:{"a": "b"}]', stack("select", labels={"a": "b"})),
        ("[select, 12345678901 minutes]", stack("select", notes=("12345678901 minutes",))),
    ],
)
def test_header_of_every_form_is_read(words: str, expected: RawStack) -> None:
    """Of Go 1.18 to 1.27, of crash dumps, of CockroachDB's Go; words that nobody knows are kept."""
    assert only(words) == expected


@pytest.mark.parametrize(
    ("rest", "frames", "created_by"),
    [
        (BODY, FRAMES, None),
        (BODY + "created by main.start\n\t/src/main.go:10 +0x1d\n", FRAMES, START),
        ("main.f(...)\n\t/x.go:3\n", (Frame("main.f", "/x.go", 3),), None),
        ("main.(*T[...]).run(0x1)\n\t/x.go:3 +0x1\n", (Frame("main.(*T[...]).run", "/x.go", 3),), None),
        (
            "a.b/c%2ev3.F({0x1, 0x2})\n\tC:/My Files/a b.go:12 +0x9f\n",
            (Frame("a.b/c%2ev3.F", "C:/My Files/a b.go", 12),),
            None,
        ),
        ("main.f()\n\t/x.go:3 +0x1d fp=0xc0 sp=0xb0 pc=0x47\n", (Frame("main.f", "/x.go", 3),), None),
        ("panic({0x1, 0x2})\n\t/p.go:3 +0x1\n", (Frame("runtime.gopanic", "/p.go", 3),), None),
        ("non-Go function at pc=0x7f01\n", (Frame("non-Go function"),), None),
        ("non-Go function\n\tpc=0x7f01\n", (Frame("non-Go function"),), None),
        ("c_sleep(int)\n\t/x.c:3 pc=0x7f01\n", (Frame("c_sleep", "/x.c", 3),), None),
        ("c_sleep\n\t/x.c:3 pc=0x7f01\n", (Frame("c_sleep", "/x.c", 3),), None),
        ("\tgoroutine running on other thread; stack unavailable\n" + CREATED, (), START),
        (BODY + CREATED + "[originating from goroutine 3]:\nmain.z(...)\n\t/z.go:1 +0x1\n", FRAMES, START),
        (BODY + "exit status 2\n", FRAMES, None),
        (BODY + CREATED + "rax    0x0\nrbx 0x1\n", FRAMES, START),
    ],
)
def test_body_of_every_form_is_read(rest: str, frames: tuple[Frame, ...], created_by: Frame | None) -> None:
    """Inlined, generic, cgo, ancestors, running elsewhere, crash dumps, paths with spaces and of Windows."""
    assert only("[select]", rest) == RawStack(frames, 1, "select", created_by=created_by)


def test_elided_frames_are_counted() -> None:
    """Go tells the number since 1.21, and before that only that there are some."""
    told = only("[select]", BODY + "...101 frames elided...\n" + BODY + CREATED)
    untold = only("[select]", BODY * 100 + "...additional frames elided...\n" + CREATED)
    assert (told.elided, len(told.frames), untold.elided, len(untold.frames)) == (101, 2, -1, 100)


def test_stack_that_is_too_deep_keeps_both_ends() -> None:
    """The leaf names the wait, the root the origin; what is left out is counted."""
    rest = "".join(f"main.f{n}(0x1)\n\t/x.go:{n} +0x1\n" for n in range(10))
    (deep,) = read(goroutine("[select]", rest=rest), limits=ProfileLimits(frames=4)).stacks
    assert ([frame.line for frame in deep.frames], deep.elided) == ([0, 1, 8, 9], 6)


@split_ways
def test_equal_goroutines_are_one_stack(split: Splitter) -> None:
    """Number, arguments, offsets and minutes differ; the longest and the shortest wait stay."""
    other = BODY.replace("0xc000012345", "0xc0999").replace("+0x44", "+0x55") + CREATED.replace(
        "goroutine 1", "goroutine 9"
    )
    text = "\n".join(
        (goroutine("[select, 9 minutes]"), goroutine("[select, 4 minutes]", 8, other), goroutine("[sleep]", 9))
    )
    expected = (stack("select", 2, wait_minutes=9, shortest_wait_minutes=4), stack("sleep"))
    assert read(text, split) == Decoded(expected, ())
    assert read(text + "\n" + goroutine("[select]", 10), split).stacks[0].shortest_wait_minutes == 0


@split_ways
def test_place_of_the_call_and_labels_keep_stacks_apart(split: Splitter) -> None:
    """Another line, another file, another creator, another label are other stacks."""
    rests = (BODY + CREATED, BODY.replace(":20", ":21") + CREATED, BODY + CREATED.replace("start", "stop"))
    text = "\n".join((*(goroutine("[select]", rest=rest) for rest in rests), goroutine("[select] {a: b}")))
    assert [found.count for found in read(text, split).stacks] == [1, 1, 1, 1]


@split_ways
def test_bad_goroutine_costs_itself_only(split: Splitter) -> None:
    """Each problem has the line and a quote; the others are read."""
    bad = (
        goroutine("[select"),
        goroutine("select"),
        goroutine("[select] {a b: c}"),
        goroutine("[select]", rest=""),
        goroutine("[select]", rest="main.f()\nmain.g()\n\t/x.go:3\n"),
        goroutine("[select]", rest="main.f()\n\t/x.go\n"),
        goroutine("[select]", rest="\t/x.go:3\n"),
    )
    text = "\n".join((*bad, goroutine("[sleep]")))
    assert read(text, split) == Decoded(
        (stack("sleep"),),
        (
            Problem("line 1", "the goroutine's header has no closing bracket", "'goroutine 7 [select:'"),
            Problem("line 7", "the goroutine's header has no state in brackets", "'goroutine 7 select:'"),
            Problem(
                "line 13",
                "the goroutine's header does not end after its state or its labels",
                "'goroutine 7 [select] {a b: c}:'",
            ),
            Problem("line 19", "no stack follows the goroutine's header", "'goroutine 7 [select]:'"),
            Problem("line 22", "no file line follows the function", "'main.f('"),
            Problem("line 28", "the file line names no line", "'\\t/x.go'"),
            Problem("line 31", "a file line stands without its function", "'\\t/x.go:3'"),
        ),
    )


@split_ways
def test_problems_beyond_the_limit_are_counted(split: Splitter) -> None:
    """The first are told one by one, the rest in one last problem."""
    text = "\n".join([goroutine("[select")] * 30 + [goroutine("[sleep]")])
    decoded = read(text, split, ProfileLimits(problems=3))
    assert ([p.where for p in decoded.problems], decoded.problems[3].what) == (
        ["line 1", "line 7", "line 13", "line 19"],
        "27 more goroutines are broken",
    )


@split_ways
def test_what_stands_around_goroutines_is_skipped(split: Splitter) -> None:
    """A panic's message before, registers and a shell's words after them."""
    text = "panic: boo\n\tat goroutine 3\n\n" + goroutine("[select]") + "\nrax    0x0\nexit status 2\n"
    assert read(text, split) == Decoded((stack("select"),), ())


@split_ways
def test_windows_line_ends_change_nothing(split: Splitter) -> None:
    """As files from Windows machines have them."""
    text = "\n".join((goroutine("[select, 3 minutes]"), goroutine("[sleep]", 8)))
    assert read(text.replace("\n", "\r\n"), split) == read(text, split)


@split_ways
@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (ProfileLimits(stacks=1), "too many stacks: more than 1"),
        (ProfileLimits(distinct_frames=1), "too many distinct frames: at most 1 are read"),
    ],
)
def test_limits_of_the_whole_refuse_by_name(split: Splitter, limits: ProfileLimits, what: str) -> None:
    """A dump past them is refused and never cut silently."""
    text = "\n".join([goroutine("[select]"), goroutine("[sleep]", 8), goroutine("[running]", 9)])
    assert read(text, split, limits) == Decoded((), (Problem("byte 0", what),))


@split_ways
@pytest.mark.parametrize(
    ("text", "what"),
    [
        (goroutine("[select] {a: " + "b" * 1_000 + "}"), "a header of 1015 bytes, at most 500 are read"),
        (
            goroutine("[select]", rest=f"main.{'f' * 1_000}(0x1)\n\t/x.go:3\n"),
            "a line of 1006 bytes, at most 500 are read",
        ),
    ],
)
def test_long_line_costs_its_goroutine(split: Splitter, text: str, what: str) -> None:
    """Its neighbours are read; argument words do not count, for they are not kept."""
    long_arguments = goroutine("[sleep]", rest=f"main.work({'0x1, ' * 1_000})\n\t/src/main.go:20\n" + CREATED)
    decoded = read(text + "\n" + long_arguments, split, ProfileLimits(line_bytes=500))
    assert (decoded.stacks, [p.what for p in decoded.problems]) == ((stack("sleep"),), [what])
