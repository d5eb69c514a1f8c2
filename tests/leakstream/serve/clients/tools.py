"""What tests of real clients share: the Go program and the Java jars, brought once and kept in `.golden/clients`.

A tool or a module that cannot be had skips the test with its reason; in continuous integration it fails instead. A
client that does not compile always fails.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import NoReturn

import pytest

from tests.golden.toolchains import CACHE, PINNED, find_toolchain, go_environment

HERE = Path(__file__).parent
KEPT = CACHE / "clients"


def need(program: str) -> str:
    """Give the path of a program."""
    found = shutil.which(program)
    return found or give_up(f"{program} is not on the PATH")


def give_up(reason: str) -> NoReturn:
    """Skip, or fail where everything must be there."""
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@lru_cache
def need_go_client() -> Path:
    """Build the Go program; the first build brings clickhouse-go from the Go module proxy."""
    sources = HERE / "go"
    binary = KEPT / f"go-{digest(*sources.glob('*'))}"
    with only_one():
        if not binary.exists():
            command = [str(find_toolchain(PINNED)), "build", "-o", str(binary), "."]
            environment = go_environment() | {"GOFLAGS": "-mod=readonly -buildvcs=false", "CGO_ENABLED": "0"}
            ran = subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True, check=False)
            if any(words in ran.stderr for words in ("dial tcp", "module lookup disabled", "proxyconnect")):
                give_up(f"clickhouse-go cannot be had: {ran.stderr[-500:]}")
            assert ran.returncode == 0, ran.stderr
    return binary


@lru_cache
def need_java_client() -> tuple[str, ...]:
    """Give the command of the Java program, with the jars that Maven brought and the class compiled beside them."""
    maven, java, compiler = need("mvn"), need("java"), need("javac")
    sources = HERE / "java"
    folder = KEPT / f"java-{digest(*sources.glob('*'))}"
    with only_one():
        if not (folder / "Ask.class").exists():
            goal = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={folder}"]
            ran = subprocess.run(
                [maven, "-q", "-B", "-f", str(sources / "pom.xml"), *goal],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
            )  # fmt: skip
            if ran.returncode:
                give_up(f"the JDBC driver cannot be had: {ran.stdout[-500:]}")
            command = [compiler, "-cp", f"{folder}/*", "-d", str(folder), str(sources / "Ask.java")]
            compiled = subprocess.run(command, capture_output=True, text=True, check=False)
            assert compiled.returncode == 0, compiled.stderr
    return (java, "-cp", f"{folder}{os.pathsep}{folder}/*", "Ask")


@contextmanager
def only_one() -> Iterator[None]:
    """Let the workers of a test run bring something one after another."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def digest(*files: Path) -> str:
    """Name some sources by what is in them, and by this Python's platform."""
    content = b"".join(file.name.encode() + b"\0" + file.read_bytes() for file in sorted(files))
    return sha256(content + sys.platform.encode()).hexdigest()[:12]
