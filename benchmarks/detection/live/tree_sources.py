"""The programs with which Go tests its own `goroutineleak` profile, as packages of our service.

They are `package main` of a Go tree, each a function registered by name that leaks, takes the profile and ends. Here
they become packages whose functions a service calls at a rate: the package's name is changed, the profile is taken by
nobody, and the trials of one call are few, because the calls are many. What a program leaks is said by Go's own test.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

_PACKAGES = MappingProxyType({"simple": ".", "goker": "goker"})
"""Our package -> its folder below the test data."""
LEFT_OUT: Mapping[str, str] = MappingProxyType(
    {
        "SelectNoCasesMain": "it ends the process",
        "DaisyChain": "each call keeps a thousand goroutines for an hour, by design and without a leak",
        "Kubernetes1321": "Go's own test leaves it out: its data race may crash it",
    }
)
"""Programs that are no service's function, and why."""
_TRIALS = 2
_FEW_TRIALS = 10
_USUAL_RATE = "6/m"
_RATES: Mapping[str, str] = MappingProxyType(
    {
        "Cockroach1055": "30/h",  # a hundred goroutines and more a call
        "Hugo3251": "30/h",  # two hundred
        "SpawnGC": "30/h",  # two hundred too
        **dict.fromkeys(("Cockroach3710", "Cockroach10214", "Grpc1460", "Istio18454", "Kubernetes11298"), "2/s"),
        **dict.fromkeys(("Kubernetes6632", "Kubernetes13135", "Kubernetes26980", "Kubernetes62464"), "2/s"),
        **dict.fromkeys(("Moby4951", "Moby27782", "Moby28462", "Serving2137"), "2/s"),  # one call in a hundred leaks
    }
)
"""How often a program is called that leaks much more, or much less often, than one goroutine a call."""
_AS_IT_IS = frozenset({"Cockroach1055"})
"""Leaks only where its hundred trials hinder one another."""
_GROWS = MappingProxyType({"NoLeakGlobal": (r"NoLeakGlobal\.func1\(.* \[chan receive\]",)})
"""No leak to the runtime, because a global leads to the channel; each call leaves a goroutine behind all the same."""
_CASE = re.compile(r"make(Flaky)?Test\(\"(\w+)\",?\s*((?:(?://[^\n]*\n\s*)?`[^`]*`,?\s*)*)\)")
_LOOP = re.compile(r"for i := 0; i <=? (\d+); i\+\+")
_OPERATIONS = MappingProxyType(
    {
        "sync.Mutex.Lock": "(rw)?mutex lock",
        "sync.(RW)?Mutex.Lock": "(rw)?mutex lock",
        "sync.RWMutex.Lock": "(rw)?mutex lock",
        "sync.RWMutex.RLock": "rwmutex rlock",
        "sync.WaitGroup.Wait": "wait group",
        "sync.Cond.Wait": "cond",
        "chan receive (nil chan)": "chan receive",
        "chan send (nil chan)": "chan send",
        "select (no cases)": r"select \(no cases\)",
    }
)
"""The runtime's words -> ours."""

_REGISTRY = """package {package}

const yieldCount = 10

// Programs are the functions of this package by name.
var Programs = map[string]func(){{}}

func register(name string, program func()) {{ Programs[name] = program }}
"""
_QUIET = """// Package pprof takes no profile: who runs these programs takes it.
package pprof

import "io"

type Profile struct{}

func Lookup(string) Profile { return Profile{} }

func (Profile) WriteTo(io.Writer, int) error { return nil }
"""
_MAIN = """package main

import (
	"context"
	"encoding/json"

	"example.com/live/patterns"
	"example.com/live/tree/goker"
	"example.com/live/tree/simple"
	"example.com/live/world"
)

func init() {{
	var programs []patterns.Pattern
	if err := json.Unmarshal([]byte(programsOfTheTree), &programs); err != nil {{
		panic(err)
	}}
	for _, program := range programs {{
		run := goker.Programs[program.ID]
		if run == nil {{
			run = simple.Programs[program.ID]
		}}
		program.Leaky = func(context.Context, *world.World) error {{
			go run()
			return nil
		}}
		patterns.Add(program)
	}}
}}

const programsOfTheTree = `{programs}`
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A program as Go's test lists it: `leaks` are regular expressions of `entry(… [wait reason]`.

    A flaky one leaks in some calls only.
    """

    name: str
    flaky: bool
    leaks: tuple[str, ...]


def write_tree(goroot: Path, folder: Path) -> None:
    """Write the packages and what registers them into a copy of the service's sources."""
    data = goroot / "src/runtime/testdata/testgoroutineleakprofile"
    for package, below in _PACKAGES.items():
        out = folder / "tree" / package
        out.mkdir(parents=True)
        for source in sorted((data / below).glob("*.go")):
            if source.name != "main.go":
                (out / source.name).write_text(tame(source.read_text(), package))
        (out / "registry.go").write_text(_REGISTRY.format(package=package))
    (folder / "tree/pprof").mkdir()
    (folder / "tree/pprof/pprof.go").write_text(_QUIET)
    test = (goroot / "src/runtime/goroutineleakprofile_test.go").read_text()
    programs = [describe(case) for case in read_cases(test) if case.name not in LEFT_OUT]
    (folder / "tree.go").write_text(_MAIN.format(programs=json.dumps(programs).replace("`", "'")))


def tame(source: str, package: str) -> str:
    """Make a program a function of a package; the registered function makes few trials a call."""
    source = re.sub(r"^package main$", f"package {package}", source, flags=re.MULTILINE)
    source = source.replace('"runtime/pprof"', '"example.com/live/tree/pprof"')
    for name in re.findall(r'register\("\w+", (\w+)\)', source):
        if name not in _AS_IT_IS:
            head, begin, body = source.partition(f"func {name}() {{")
            source = head + begin + shorten(body)
    return source


def shorten(body: str) -> str:
    """Make the first loop of a function's body short, where it is long and not in a later function of the file."""
    loop = _LOOP.search(body)
    if loop is None or int(loop[1]) <= _FEW_TRIALS or "\nfunc " in body[: loop.start()]:
        return body
    return f"{body[: loop.start()]}for i := 0; i < {_TRIALS}; i++{body[loop.end() :]}"


def read_cases(test: str) -> Iterator[Case]:
    """Give the cases of Go's test, in its order; those that stand in comments are none."""
    code = re.sub(r"^\s*//.*$", "", test, flags=re.MULTILINE)
    for found in _CASE.finditer(code):
        yield Case(found[2], bool(found[1]), tuple(re.findall(r"`([^`]*)`", found[3])))


def describe(case: Case) -> dict[str, object]:
    """Give a program as a pattern of the service."""
    leaks = dict.fromkeys(read_leak(leak) for leak in case.leaks or _GROWS[case.name])
    expected = [dict(zip(("operation", "part", "matches"), leak, strict=True)) for leak in leaks]
    name = "of the Go tree, leaks in some calls" if case.flaky else "of the Go tree"
    return {"id": case.name, "name": name, "expected": expected, "also": [], "rate": _RATES.get(case.name, _USUAL_RATE)}


def read_leak(leak: str) -> tuple[str, str, str]:
    r"""Give operation, part and regular expression of a leak; what numbers closures have is not said.

    A closure of a method and one in an inlined function have names of one form, so the type may be missing.

    A writer behind a writer waits in the Mutex within the RWMutex; to us both are waits for the RWMutex.

    Example input: `worker\.Start\.func1\(.* \[select\]`
    Example output: "select", "origin", `(worker\.)?Start\.func[\d.]*$`
    """
    entry, _, reason = leak.partition(r" \[")
    reason = reason.replace(r"\]", "").replace("\\", "")
    entry = re.sub(r"(\\\()?\.\*$", "", entry)
    entry = re.sub(r"\\?\.func\d.*$", r"\\.func[\\d.]*", entry)
    entry = re.sub(r"^(\w+\\\.)(\w+\\\.func)", r"(\1)?\2", entry)
    return _OPERATIONS.get(reason, reason), "origin", entry.replace(r"\(*", r"\(\*") + "$"
