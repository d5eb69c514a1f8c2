"""The service of the live corpus, built and run: what a leaky twin leaves behind a fixed one does not."""

import asyncio
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from benchmarks.detection.live.programs import SOURCES, Pattern, choose_patterns, choose_version, list_patterns
from benchmarks.detection.live.running import Order, Running, run_service
from benchmarks.detection.live.signals import fits
from benchmarks.detection.live.tree_sources import LEFT_OUT
from collectors.scrape import open_session
from leakstream.adapters.clock import SystemClock
from processors.decode import decode
from processors.pipeline import identify
from tests.benchmarks.detection.live.go_builds import VERSIONS, is_missing, need_service
from tests.golden.toolchains import find_goroot

CALLS = 30
AT_A_TIME = 14
NUMBERS = [f"{number:02}" for number in range(1, 29)]


@pytest.mark.integration
@pytest.mark.parametrize("version", VERSIONS)
def test_every_pattern_builds(version: str) -> None:
    """All 28, and 83 programs of the Go tree, with the oldest Go of the corpus and the newest."""
    patterns = list_patterns(need_service(version))
    ours = [pattern.id for pattern in patterns if not pattern.of_the_tree]
    tree = {pattern.id for pattern in patterns if pattern.of_the_tree}
    assert (ours, len(tree), tree & set(LEFT_OUT)) == (NUMBERS, 83, set())


async def count(session: aiohttp.ClientSession, running: Running, pattern: Pattern) -> int:
    """Count the goroutines of the stacks that a pattern leaves."""
    async with session.get(f"http://{running.address}/debug/pprof/goroutine") as answer:
        stacks = decode(await answer.read()).stacks
    return sum(stack.count for stack in stacks if fits(identify(stack), pattern.expected))


async def until_called(session: aiohttp.ClientSession, running: Running, calls: int) -> int:
    """Wait until a pattern was called so often; give how often it was."""
    made = 0
    while made < calls:
        assert not running.ended
        made = int((await running.count_calls(session))["calls"])
    return made


def as_twin(pattern: Pattern, twin: str) -> Pattern:
    """Give the stacks of a pattern as they are called in a twin."""
    expected = (replace(stack, matches=stack.matches.replace("leaky", twin)) for stack in pattern.expected)
    return replace(pattern, expected=tuple(expected))


async def grow(binary: Path, pattern: Pattern, twin: str, *, enough: Callable[[int, int], bool]) -> tuple[int, int]:
    """Run a twin until it was called often enough and grew enough; give the calls and the growth of that time."""
    order = Order(pattern.id, twin, "20/s", 1.0, 0.0)
    async with open_session(4) as session, run_service(binary, order, SystemClock()) as running:
        begun = await until_called(session, running, 3)
        before = await count(session, running, as_twin(pattern, twin))
        calls = await until_called(session, running, begun + CALLS)
        grown = await count(session, running, as_twin(pattern, twin)) - before
        while not enough(calls - begun, grown):
            assert not running.ended
            grown = await count(session, running, as_twin(pattern, twin)) - before
        return calls - begun, grown


@pytest.mark.integration
@pytest.mark.parametrize("version", VERSIONS[1:])
async def test_every_leaky_twin_grows_with_its_calls_and_no_fixed_twin_does(version: str) -> None:
    """Of thirty calls, a leaky twin keeps at least two thirds; a fixed one comes back to less than a third."""
    binary = need_service(version)
    patterns = choose_patterns(list_patterns(binary), "twins")
    places = asyncio.Semaphore(AT_A_TIME)

    async def check(pattern: Pattern, twin: str) -> None:
        async with places:
            most, least = (lambda calls, grown: grown < calls / 3), (lambda calls, grown: grown >= calls * 2 / 3)
            await grow(binary, pattern, twin, enough=least if twin == "leaky" else most)

    async with asyncio.TaskGroup() as group:
        for pattern in patterns:
            for twin in ("leaky", "fixed"):
                group.create_task(check(pattern, twin))
    assert [pattern.id for pattern in patterns] == NUMBERS


@pytest.mark.integration
async def test_service_refuses_what_it_does_not_know() -> None:
    """A pattern, a twin or a rate that means nothing is said before anything runs."""
    binary = need_service(VERSIONS[1])
    for order in (
        Order("99", "leaky", "1/s", 1, 0),
        Order("01", "broken", "1/s", 1, 0),
        Order("01", "leaky", "x", 1, 0),
    ):
        with pytest.raises(ValueError, match="the service refuses"):
            async with run_service(binary, order, SystemClock()):
                pass


@pytest.mark.integration
async def test_service_ends_with_the_block_that_runs_it() -> None:
    """Nothing answers there afterwards."""
    order = Order("01", "fixed", "1/s", 1.0, 0.0)
    async with run_service(need_service(VERSIONS[1]), order, SystemClock()) as running:
        address = running.address
    host, _, port = address.partition(":")
    with pytest.raises(OSError, match="Connect call failed"):
        await asyncio.open_connection(host, int(port))


def test_version_of_go_is_named_by_its_beginning() -> None:
    """1.27 is 1.27.3, and 1.2 is none."""
    assert (choose_version("1.27"), choose_version("1.23.9")) == ("1.27.3", "1.23.9")
    with pytest.raises(ValueError, match=r"Go 1.2: there is none but"):
        choose_version("1.2")


def test_patterns_are_chosen_by_id_or_kind() -> None:
    """An unknown id is refused with those there are."""
    ours, tree = (Pattern(name, "", (), (), "") for name in ("01", "Etcd5509"))
    chosen = [choose_patterns([ours, tree], wanted) for wanted in ("all", "twins", "tree", "01")]
    assert chosen == [(ours, tree), (ours,), (tree,), (ours,)]
    with pytest.raises(ValueError, match="no such pattern: 02; there are 01, Etcd5509"):
        choose_patterns([ours, tree], "01,02")


@pytest.mark.parametrize(
    ("command", "said", "missing"),
    [
        (["python", "-m", "pip", "download"], None, True),
        (["go", "build"], "dial tcp: lookup proxy: no such host", True),
        (["go", "build"], "./main.go:7:2: undefined: drive", False),
    ],
)
def test_service_that_does_not_compile_is_not_missing(command: list[str], said: str | None, *, missing: bool) -> None:
    """Only what cannot be fetched may be skipped."""
    assert is_missing(subprocess.CalledProcessError(1, command, stderr=said)) is missing


def test_go_sources_are_formatted() -> None:
    """As gofmt of the pinned Go writes them."""
    gofmt = find_goroot(VERSIONS[1]) / "bin" / "gofmt"
    told = subprocess.run([str(gofmt), "-l", str(SOURCES)], check=True, capture_output=True, text=True)
    assert told.stdout == ""
