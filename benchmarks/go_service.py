"""A Go program of many functions whose goroutine profiles are a benchmark's input: real ones, each different.

The program is generated: 20 packages of types with methods that call one another, so that a stack is a walk through
them, 16 frames deep with those of the runtime. It writes so many profiles; between two of them a sixth of its
stacks gains or loses a goroutine, one grows, and the order in which Go writes them follows the counts.
"""

import random
import subprocess
from pathlib import Path

from examples.build import GO, go_environment

_PACKAGES, _TYPES, _CALLS = 20, 6, 4
_DEPTH = 11
"""Methods of a stack; five frames more are the runtime's (gopark, chanrecv, chanrecv1) and the entry's two."""

_MAIN = """package main

import (
	"flag"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"time"

	"example.com/service/p0"
	"example.com/service/route"
)

type stack struct {
	path  []byte
	stops []chan struct{}
}

func (s *stack) grow(ready chan struct{}) {
	stop := make(chan struct{})
	s.stops = append(s.stops, stop)
	go serve(&route.Route{Path: s.path, Stop: stop, Ready: ready})
	<-ready
}

func (s *stack) shrink() {
	last := len(s.stops) - 1
	close(s.stops[last])
	s.stops = s.stops[:last]
}

//go:noinline
func serve(r *route.Route) { p0.T0{}.M0(r) }

func main() {
	stacks := flag.Int("stacks", 300, "")
	goroutines := flag.Int("goroutines", 10, "of a stack, in the mean")
	scrapes := flag.Int("scrapes", 50, "")
	out := flag.String("out", ".", "")
	flag.Parse()
	chance := rand.New(rand.NewSource(1))
	ready := make(chan struct{})
	all := make([]*stack, *stacks)
	for i := range all {
		path := make([]byte, DEPTH)
		for n, j := 0, i; n < len(path); n, j = n+1, j/CALLS {
			path[n] = byte((j + n*n) % CALLS)
		}
		chance.Shuffle(len(path), func(a, b int) { path[a], path[b] = path[b], path[a] })
		all[i] = &stack{path: path}
		for range 1 + chance.Intn(2 * *goroutines - 1) {
			all[i].grow(ready)
		}
	}
	for scrape := range *scrapes {
		for range *stacks / 6 {
			s := all[chance.Intn(len(all))]
			if len(s.stops) > 1 && chance.Intn(2) == 0 {
				s.shrink()
			} else {
				s.grow(ready)
			}
		}
		all[0].grow(ready)
		runtime.Gosched()
		time.Sleep(5 * time.Millisecond)
		file, err := os.Create(filepath.Join(*out, fmt.Sprintf("%05d.pb.gz", scrape)))
		if err == nil {
			err = pprof.Lookup("goroutine").WriteTo(file, 0)
			file.Close()
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
"""
_ROUTE = """package route

type Route struct {
	Path  []byte
	Next  int
	Stop  chan struct{}
	Ready chan struct{}
}

func (r *Route) Turn() int {
	if r.Next == len(r.Path) {
		return -1
	}
	r.Next++
	return int(r.Path[r.Next-1])
}
"""


def write_service(folder: Path, *, seed: int = 1, shift: int = 0) -> None:
    """Write the sources; another seed is another program, another `shift` another build of the same functions."""
    chance = random.Random(seed)
    main = _MAIN.replace("DEPTH", str(_DEPTH)).replace("CALLS", str(_CALLS))
    files = {"go.mod": "module example.com/service\n\ngo 1.22\n", "main.go": main, "route/route.go": _ROUTE}
    for package in range(_PACKAGES):
        files[f"p{package}/p{package}.go"] = _package(package, chance, shift)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def _package(package: int, chance: random.Random, shift: int) -> str:
    """Give one package: it calls itself and the later ones, because Go allows no circles of imports."""
    used: set[int] = set()
    methods: list[str] = []
    for kind in range(_TYPES):
        methods.append(f"// T{kind} does work.\ntype T{kind} struct{{}}\n")
        for method in range(4):
            cases = []
            for case in range(_CALLS):
                callee = min(_PACKAGES - 1, package + chance.randint(0, 3))
                used |= {callee} - {package}
                where = "" if callee == package else f"p{callee}."
                target = f"{where}T{chance.randrange(_TYPES)}{{}}.M{chance.randrange(4)}(r)"
                cases.append(f"\tcase {case}:\n\t\t{target}\n")
            padding = "".join(f"\tr.Next += {number} - {number}\n" for number in range(shift))
            body = "".join(cases)
            methods.append(
                f"//go:noinline\nfunc (t T{kind}) M{method}(r *route.Route) {{\n{padding}\tswitch r.Turn() {{\n{body}"
                "\tdefault:\n\t\tr.Ready <- struct{}{}\n\t\t<-r.Stop\n\t}\n}\n"
            )
    imports = "".join(f'\t"example.com/service/p{number}"\n' for number in sorted(used))
    return f'package p{package}\n\nimport (\n{imports}\t"example.com/service/route"\n)\n\n' + "\n".join(methods)


def build_service(folder: Path, *, seed: int = 1, shift: int = 0) -> Path:
    """Write and build a program; give the binary."""
    write_service(folder, seed=seed, shift=shift)
    binary = folder / f"service-{seed}-{shift}"
    command = [str(GO), "build", "-o", str(binary), "."]
    subprocess.run(command, cwd=folder, env=go_environment(folder), check=True)
    return binary


def take_profiles(binary: Path, out: Path, *, stacks: int, goroutines: int, scrapes: int) -> list[Path]:
    """Let a program write so many profiles; give their files in order."""
    out.mkdir(parents=True, exist_ok=True)
    flags = [f"-stacks={stacks}", f"-goroutines={goroutines}", f"-scrapes={scrapes}", f"-out={out}"]
    subprocess.run([str(binary), *flags], check=True)
    return sorted(out.glob("*.pb.gz"))
