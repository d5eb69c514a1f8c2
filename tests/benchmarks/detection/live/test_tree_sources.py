"""The programs of Go's own tests become functions that a service calls."""

import pytest

from benchmarks.detection.live.tree_sources import Case, describe, read_cases, read_leak, shorten, tame

TEST = r"""
	testCases := []testCase{
		makeTest("NilRecv",
			`NilRecv\.func1\(.* \[chan receive \(nil chan\)\]`,
		),
		makeTest("DaisyChain"),
		// makeTest("Kubernetes1321",
		// 	`NewMux\.gowrap1\(.* \[chan send\]`),
		makeFlakyTest("Etcd7492",
			// a word about it
			`Etcd7492\.func2\(.* \[sync\.WaitGroup\.Wait\]`,
			`\(\*keeper_etcd7492\)\.run\(.* \[sync\.Mutex\.Lock\]`,
		),
"""
SOURCE = """package main

import "runtime/pprof"

func init() {
	register("Race", Race)
}

func Race() {
	for i := 0; i < 1000; i++ {
		go work()
	}
}
"""


def test_cases_are_those_that_go_runs() -> None:
    """What stands in comments is none; a case without leaks has no expressions."""
    assert list(read_cases(TEST)) == [
        Case("NilRecv", flaky=False, leaks=(r"NilRecv\.func1\(.* \[chan receive \(nil chan\)\]",)),
        Case("DaisyChain", flaky=False, leaks=()),
        Case(
            "Etcd7492",
            flaky=True,
            leaks=(
                r"Etcd7492\.func2\(.* \[sync\.WaitGroup\.Wait\]",
                r"\(\*keeper_etcd7492\)\.run\(.* \[sync\.Mutex\.Lock\]",
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("leak", "expected"),
    [
        (r"NilRecv\.func1\(.* \[chan receive \(nil chan\)\]", ("chan receive", r"NilRecv\.func[\d.]*$")),
        (r"Race\.func2\.1.* \[sync\.Mutex\.Lock\]", ("(rw)?mutex lock", r"Race\.func[\d.]*$")),
        (r"spawnGC.func1\(.* \[select \(no cases\)\]", (r"select \(no cases\)", r"spawnGC\.func[\d.]*$")),
        (r"worker\.Start\.func1\(.* \[select\]", ("select", r"(worker\.)?Start\.func[\d.]*$")),
        (r"\(*Store\)\.tick\(.* \[sync\.Cond\.Wait\]", ("cond", r"\(\*Store\)\.tick$")),
        (r"\(\*Store\)\.tick\(.* \[sync\.RWMutex\.RLock\]", ("rwmutex rlock", r"\(\*Store\)\.tick$")),
    ],
)
def test_go_s_expressions_become_ours(leak: str, expected: tuple[str, str]) -> None:
    """The wait reason becomes our operation, the entry an expression of the origin, without the numbers of closures."""
    assert read_leak(leak) == (expected[0], "origin", expected[1])


def test_program_becomes_a_function_of_a_package() -> None:
    """It takes no profile of its own, and makes two trials a call."""
    changed = SOURCE.replace("package main", "package goker").replace("runtime/pprof", "example.com/live/tree/pprof")
    assert tame(SOURCE, "goker") == changed.replace("i < 1000", "i < 2")


@pytest.mark.parametrize(
    "body",
    ["for i := 0; i < 10; i++ {}", "go work()\n}\n\nfunc other() {\n\tfor i := 0; i < 1000; i++ {}", "go work()"],
)
def test_loop_that_is_short_or_elsewhere_stays(body: str) -> None:
    """Only the trials of the registered function are many."""
    assert shorten(body) == body


def test_program_that_grows_without_a_leak_is_expected_to_grow() -> None:
    """The runtime says nothing of a goroutine that a global leads to; its count grows with each call."""
    described = describe(Case("NoLeakGlobal", flaky=False, leaks=()))
    assert described["expected"] == [
        {"operation": "chan receive", "part": "origin", "matches": r"NoLeakGlobal\.func[\d.]*$"}
    ]
